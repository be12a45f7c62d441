import { useLocation, useRoute } from "preact-iso/router";
import type { Answer } from "../../functions/core/api/routes.ts";
import type { SourceReport } from "../../functions/core/report.ts";
import { call } from "../api.ts";
import { useAsk } from "../asking.ts";
import { usePages } from "../pages-of.ts";
import { Act } from "../parts/act.tsx";
import { Answered, Empty, Loading, Refused } from "../parts/answered.tsx";
import { Share } from "../parts/gauge.tsx";
import { Icon } from "../parts/icon.tsx";
import { Heading, Pairs, Panel } from "../parts/panel.tsx";
import { PointsTable } from "../parts/points-table.tsx";
import { Schedule } from "../parts/schedule.tsx";
import { PlaceGauge } from "../parts/source-card.tsx";
import { SourceTimeline } from "../parts/source-timeline.tsx";
import { State } from "../parts/state.tsx";
import { Age, When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";
import { duration, kindWords, percent } from "../words.ts";

/** One source: how it stands, its points over time with what is proved of them, its schedule, and what can be done. */
export function SourcePage() {
  const { source } = useRoute().params as { source: string };
  useTitle(source);
  const asked = useAsk("getSource", { params: { source } }, 30);
  const points = usePages("listPoints", { params: { source }, query: { limit: "200" } }, 30);
  const drills = usePages("listDrills", { params: { source }, query: { limit: "200" } }, 30);
  const about = asked.answer;
  const report = about?.report;
  if (asked.refusal && !about)
    return (
      <>
        <Heading title={source} />
        <Refused refusal={asked.refusal} again={asked.again} />
      </>
    );
  // All at once, or what comes late would push aside what is being read.
  const come = [asked, points, drills].every(
    ({ answer, refusal }) => answer !== undefined || refusal !== undefined,
  );
  if (!come)
    return (
      <>
        <Heading title={source} />
        <Loading lines={12} tall />
      </>
    );
  return (
    <>
      <Heading title={source} aside={<Acts source={source} again={points.again} about={about} />}>
        {about && <p class="lead">{about.planInWords}</p>}
      </Heading>
      <Answered asked={asked} lines={4}>
        {(answer) => <Standing about={answer} />}
      </Answered>
      <Panel title="Points over time">
        <Answered asked={points} tall>
          {(items) => (
            <SourceTimeline
              source={source}
              points={items}
              drills={drills.answer ?? []}
              report={report}
              more={points.more}
            />
          )}
        </Answered>
      </Panel>
      <div class="columns">
        {report && <Rules report={report} />}
        <Schedule source={source} />
      </div>
      <Panel title="Points">
        <Answered asked={points} lines={8}>
          {(items) => <PointsTable points={items} owed={report?.owed ?? []} more={points.more} />}
        </Answered>
      </Panel>
    </>
  );
}

function Acts({
  source,
  about,
  again,
}: {
  source: string;
  about: Answer<"getSource"> | undefined;
  again: () => void;
}) {
  const { route } = useLocation();
  const kind = about?.source.kind;
  return (
    <>
      <a class="button main" href={`/restore?source=${encodeURIComponent(source)}`}>
        Restore…
      </a>
      {kind !== "archives" && (
        <>
          <Act
            operation="createDrill"
            does={async (key) => {
              const { drill } = await call("createDrill", { params: { source }, body: {} }, { key });
              route(`/sources/${source}/drills/${drill}`);
            }}
          >
            Start a drill
          </Act>
          <Act
            operation="createPoint"
            does={async (key) => {
              const { point } = await call("createPoint", { params: { source } }, { key });
              again();
              route(`/sources/${source}/points/${point}`);
            }}
          >
            Take a point now
          </Act>
        </>
      )}
    </>
  );
}

/** The report of the watch: state, RPO in both regions, drill, budgets. */
function Standing({ about: { source, report, declaredAt } }: { about: Answer<"getSource"> }) {
  if (!report)
    return (
      <Empty>
        The watch has not looked at this source yet. It does so every five minutes, in both regions.
      </Empty>
    );
  return (
    <Panel title="How it stands" aside={<State is={report.state} />}>
      <div class="standing">
        <div class="gauges">
          {report.places.map((place) => (
            <PlaceGauge key={place.region} of={place} known />
          ))}
        </div>
        <Pairs
          of={[
            ["Protects", <span class="id" key="p">{`${kindWords[source.kind]} ${report.protects}`}</span>],
            ...report.places.map(
              (place) =>
                [
                  place.region,
                  <span key="r">
                    {place.intact ? (
                      <>
                        re-read <Age at={place.intact.at} />
                      </>
                    ) : (
                      "nothing re-read yet"
                    )}
                    {", "}
                    {place.restorable ? (
                      <>
                        restored <Age at={place.restorable.at} />
                      </>
                    ) : (
                      "nothing restored yet"
                    )}
                  </span>,
                ] as [string, preact.ComponentChildren],
            ),
            ["Newest drill", <NewestDrill key="d" report={report} />],
            ["Declared", <When key="w" at={declaredAt} />],
          ]}
        />
      </div>
      {[...report.late, ...report.unknown].map((sentence) => (
        <p key={sentence} class="why">
          {sentence}
        </p>
      ))}
    </Panel>
  );
}

function NewestDrill({ report: { drill, source, rtoSeconds } }: { report: SourceReport }) {
  if (!drill) return <>none has ended yet</>;
  return (
    <>
      <a href={`/sources/${source}/drills/${drill.drill}`}>{drill.outcome}</a> <Age at={drill.at} />
      {drill.rtoSeconds !== undefined &&
        `, RTO ${duration(drill.rtoSeconds)}${rtoSeconds ? ` of ${duration(rtoSeconds)}` : ""}`}
    </>
  );
}

/** 3-2-1-1-0 with its reasons, and the error budgets. */
function Rules({ report: { threeTwoOne, budgets } }: { report: SourceReport }) {
  return (
    <Panel
      title="3-2-1-1-0 and error budgets"
      aside={<State is={threeTwoOne.holds ? "holds" : "broken"} tone={threeTwoOne.holds ? "good" : "warn"} />}
    >
      <ul class="checks">
        {threeTwoOne.parts.map(({ part, holds, sentence }) => (
          <li key={part} class={holds ? "good" : "bad"}>
            <Icon name={holds ? "good" : "bad"} />
            <span>
              <b>{part}</b> {sentence}
            </span>
          </li>
        ))}
      </ul>
      {budgets.map(({ objective, region, allowedSeconds, spentSeconds, burnHour, state }) => (
        <Share
          key={`${objective} ${region}`}
          label={`${objective.toUpperCase()} budget, ${region}`}
          share={allowedSeconds > 0 ? spentSeconds / allowedSeconds : 1}
          says={`${duration(spentSeconds)} of ${duration(allowedSeconds)} in 30 days used (${percent(allowedSeconds > 0 ? spentSeconds / allowedSeconds : 1)})${state === "ok" ? "" : `, ${state}, ${burnHour.toFixed(1)} times too fast`}`}
        />
      ))}
      {budgets.length === 0 && <Empty>Error budgets are counted once points have come.</Empty>}
    </Panel>
  );
}
