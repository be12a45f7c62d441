import { useState } from "preact/hooks";
import type { AlertView } from "../../functions/core/api/alerts.ts";
import { call } from "../api.ts";
import { usePages } from "../pages-of.ts";
import { Act } from "../parts/act.tsx";
import { Answered, Empty } from "../parts/answered.tsx";
import { More } from "../parts/more.tsx";
import { Heading } from "../parts/panel.tsx";
import { State } from "../parts/state.tsx";
import { Age, When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";
import { shortWho } from "../words.ts";

const choices = [
  ["open", "Open"],
  ["all", "All"],
] as const;

/** What is wrong, who has taken note of it, and what ended it. */
export function AlertsPage() {
  useTitle("Alerts");
  const [state, choose] = useState<"open" | "all">("open");
  const listed = usePages("listAlerts", { query: { state } }, 15);
  return (
    <>
      <Heading title="Alerts">
        <p class="lead">
          One for each finding. Acknowledging says that somebody is on it; only evidence ends it.
        </p>
      </Heading>
      <fieldset class="choice">
        <legend class="unseen">Which alerts</legend>
        {choices.map(([value, label]) => (
          <label key={value}>
            <input type="radio" name="state" checked={value === state} onChange={() => choose(value)} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <Answered asked={listed} lines={6} tall>
        {(alerts) => (
          <>
            {alerts.length === 0 && (
              <Empty>
                {state === "open"
                  ? "Nothing is wrong as far as anybody can see."
                  : "Nothing has ever been wrong."}
              </Empty>
            )}
            <ul class="alerts">
              {alerts.map((alert) => (
                <Alert key={alert.id} of={alert} again={listed.again} />
              ))}
            </ul>
            <More more={listed.more} />
          </>
        )}
      </Answered>
    </>
  );
}

function Alert({ of, again }: { of: AlertView; again: () => void }) {
  const { finding } = of;
  const tone =
    of.state === "resolved" ? "unknown" : of.severity === "page" && of.state === "open" ? "bad" : "warn";
  return (
    <li class={`alert ${tone}`}>
      <div class="what">
        <p class="tags">
          <b
            class={`priority ${of.priority}`}
            title={of.severity === "page" ? "wakes a person" : "can wait for the morning"}
          >
            {of.priority}
          </b>
          <State is={of.state} tone={tone} />
          <span class="id">{finding.kind}</span>
        </p>
        <h2>{finding.message}</h2>
        <p>{finding.fix}</p>
        <p class="soft">
          <a href={`/sources/${encodeURIComponent(finding.source)}`}>{finding.source}</a> in {finding.region},
          since <When at={finding.since} />
        </p>
        <History of={of} />
      </div>
      {of.state === "open" && (
        <Act
          operation="acknowledgeAlert"
          kind="main"
          label={`Acknowledge: ${finding.message}`}
          does={async (key) => {
            await call("acknowledgeAlert", { params: { alert: of.id } }, { key });
            again();
          }}
        >
          Acknowledge
        </Act>
      )}
    </li>
  );
}

/** What has happened to an alert so far, in its order. */
function History({ of }: { of: AlertView }) {
  const said: [what: string, at: string | undefined, more?: string | undefined][] = [
    ["told", of.toldAt],
    ["acknowledged", of.acknowledgedAt, of.acknowledgedBy && `by ${shortWho(of.acknowledgedBy)}`],
    ["escalated", of.escalatedAt],
    ["ended", of.endedAt, of.endedBecause],
  ];
  return (
    <ol class="history">
      {said.map(([what, at, more]) =>
        at ? (
          <li key={what}>
            {what} <Age at={at} />
            {more && ` ${more}`}
          </li>
        ) : null,
      )}
    </ol>
  );
}
