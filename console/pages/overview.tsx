import type { Answer } from "../../functions/core/api/routes.ts";
import type { Refusal } from "../api.ts";
import { useAsk } from "../asking.ts";
import { useNow } from "../clock.ts";
import { Answered, Empty } from "../parts/answered.tsx";
import { Share } from "../parts/gauge.tsx";
import { Icon } from "../parts/icon.tsx";
import { Heading, Panel } from "../parts/panel.tsx";
import { SourceCard } from "../parts/source-card.tsx";
import { Age, When } from "../parts/when.tsx";
import { reportAge } from "../report-age.ts";
import { useTitle } from "../title.ts";
import { verdictOf } from "../verdict.ts";
import { bytes, count, counted } from "../words.ts";

/** Answers "are we protected?" in one glance: the verdict, then each source against its objectives, worst first. */
export function Overview() {
  useTitle("Overview");
  const status = useAsk("getStatus", {}, 30);
  return (
    <>
      <Heading title="Are we protected?" />
      {status.refusal?.status === 503 && !status.answer ? (
        <Unknown refusal={status.refusal} again={status.again} />
      ) : (
        <Answered asked={status} tall lines={6}>
          {(answer) => <Report status={answer} />}
        </Answered>
      )}
    </>
  );
}

/** No report can be had: then nothing is known, and that is the answer. */
function Unknown({ refusal, again }: { refusal: Refusal; again: () => void }) {
  return (
    <section class="verdict unknown" role="status">
      <Icon name="unknown" />
      <div>
        <p class="title">Not known</p>
        <p>
          {refusal.detail.replace(/\.$/, "")}. {refusal.fix}
        </p>
      </div>
      <button type="button" onClick={again}>
        Ask again
      </button>
    </section>
  );
}

function Report({ status }: { status: Answer<"getStatus"> }) {
  const nowMs = useNow();
  const { stale } = reportAge(status, nowMs);
  const verdict = verdictOf(status, nowMs);
  return (
    <>
      <section class={`verdict ${verdict.tone}`} aria-live="polite">
        <Icon name={verdict.tone === "good" ? "good" : verdict.tone === "bad" ? "bad" : "unknown"} />
        <div>
          <p class="title">{verdict.title}</p>
          {verdict.reasons.slice(0, 4).map((reason) => (
            <p key={reason}>{reason}</p>
          ))}
          {verdict.reasons.length > 4 && <p>And {verdict.reasons.length - 4} more below.</p>}
        </div>
        <Tallies status={status} />
      </section>
      <h2 class="unseen">Sources, worst first</h2>
      {status.sources.length === 0 ? (
        <Empty>The environment file names no source. What it names is watched within five minutes.</Empty>
      ) : (
        <ul class={`sources ${stale ? "stale" : ""}`}>
          {status.sources.map((source) => (
            <SourceCard key={source.source} of={source} known={!stale} />
          ))}
        </ul>
      )}
      <div class="columns">
        <Storage status={status} />
        <Quotas status={status} />
      </div>
    </>
  );
}

/** The few numbers beside the verdict. */
function Tallies({ status }: { status: Answer<"getStatus"> }) {
  const alerts = useAsk("listAlerts", { query: { state: "open" } }, 30);
  const open = alerts.answer?.items ?? [];
  const pages = open.filter(({ severity, state }) => severity === "page" && state === "open").length;
  const answered = status.regions.filter((region) => region.answered).length;
  const ok = status.sources.filter(({ state }) => state === "ok").length;
  return (
    <dl class="tallies">
      <div>
        <dt>Sources ok</dt>
        <dd>
          {ok}
          <small> of {status.sources.length}</small>
        </dd>
      </div>
      <div>
        <dt>
          <a href="/alerts">Alerts open</a>
        </dt>
        <dd>
          {alerts.answer ? `${count(open.length)}${alerts.answer.next ? "+" : ""}` : "…"}
          {pages > 0 && <small> {pages} unacknowledged</small>}
        </dd>
      </div>
      <div>
        <dt>Regions seen</dt>
        <dd>
          {answered}
          <small> of {status.regions.length}</small>
        </dd>
      </div>
      <div>
        <dt>Seen from {status.region}</dt>
        <dd class="small">
          <Age at={status.at} />
        </dd>
      </div>
    </dl>
  );
}

function Storage({ status: { storage } }: { status: Answer<"getStatus"> }) {
  return (
    <Panel title="Storage">
      {storage.length === 0 && (
        <Empty>The size of the vaults is not known yet; S3 tells it once a day.</Empty>
      )}
      {storage.map(({ bucket, region, bytes: size, budgetBytes, growthBytesPerDay, fullOn }) => (
        <div key={`${bucket} ${region}`} class="stack">
          <Share
            label={bucket}
            share={budgetBytes ? size / budgetBytes : 0}
            says={budgetBytes ? `${bytes(size)} of ${bytes(budgetBytes)}` : bytes(size)}
          />
          <p class="soft">
            {region}
            {growthBytesPerDay !== undefined &&
              `, ${growthBytesPerDay < 0 ? "−" : "+"}${bytes(Math.abs(growthBytesPerDay))} a day`}
            {fullOn && `, its budget is reached on ${fullOn}`}
          </p>
        </div>
      ))}
    </Panel>
  );
}

function Quotas({ status: { quotas, at } }: { status: Answer<"getStatus"> }) {
  return (
    <Panel title="Quotas">
      {quotas.length === 0 && (
        <Empty>
          No quota was read. As of <When at={at} />.
        </Empty>
      )}
      {quotas.map(({ quota, region, used, max }) => (
        <Share
          key={`${quota} ${region}`}
          label={`${quota} in ${region}`}
          share={max > 0 ? used / max : 0}
          says={`${count(used)} of ${count(max)}, ${counted(Math.max(0, max - used), "left", "left")}`}
        />
      ))}
    </Panel>
  );
}
