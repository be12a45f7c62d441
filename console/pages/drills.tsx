import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { DrillView } from "../../functions/core/api/recovery.ts";
import type { Source } from "../../functions/core/source.ts";
import { call } from "../api.ts";
import { useAsk } from "../asking.ts";
import { usePages } from "../pages-of.ts";
import { Act } from "../parts/act.tsx";
import { Answered, Empty } from "../parts/answered.tsx";
import { More } from "../parts/more.tsx";
import { Heading, Panel } from "../parts/panel.tsx";
import { State } from "../parts/state.tsx";
import { Table } from "../parts/table.tsx";
import { Trend } from "../parts/trend.tsx";
import { When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";
import { duration, slotInstant } from "../words.ts";

/** Rehearsed restores: how long each source's took over time, and every drill with its outcome. */
export function DrillsPage() {
  useTitle("Drills");
  const sources = useAsk("listSources", { query: { limit: "200" } });
  return (
    <>
      <Heading title="Drills">
        <p class="lead">
          Restores rehearsed in isolation: read whole, checked, and measured. One that passed is a signed
          certificate.
        </p>
      </Heading>
      <Answered asked={sources} lines={6} tall>
        {({ items }) => {
          const rehearsed = items.filter(({ source }) => source.kind !== "archives");
          if (rehearsed.length === 0)
            return <Empty>No source can be rehearsed: archives are read whole when they arrive.</Empty>;
          return rehearsed.map(({ source }) => <OfSource key={source.name} of={source} />);
        }}
      </Answered>
    </>
  );
}

function OfSource({ of }: { of: Source }) {
  const { name: source, plan } = of;
  // A bucket's drill reads its replica again where it lies: it takes its time, which is nobody's RTO.
  const [measures, rtoSeconds] =
    of.kind === "bucket" ? (["Time to checked"] as const) : (["RTO", plan.rtoSeconds] as const);
  const { route } = useLocation();
  const listed = usePages("listDrills", { params: { source }, query: { limit: "50" } }, 15);
  const measured = useMemo(
    () =>
      (listed.answer ?? [])
        .flatMap(({ drill, outcome, secondsToChecked }) =>
          secondsToChecked === undefined
            ? []
            : [
                {
                  atMs: Date.parse(slotInstant(drill)),
                  seconds: secondsToChecked,
                  passed: outcome === "passed",
                },
              ],
        )
        .sort((a, b) => a.atMs - b.atMs),
    [listed.answer],
  );
  return (
    <Panel
      title={source}
      aside={
        <Act
          operation="createDrill"
          label={`Start a drill of ${source}`}
          does={async (key) => {
            const { drill } = await call("createDrill", { params: { source }, body: {} }, { key });
            route(`/sources/${source}/drills/${drill}`);
          }}
        >
          Start a drill
        </Act>
      }
    >
      <Answered asked={listed} tall>
        {(drills) =>
          drills.length === 0 ? (
            <Empty>
              It has not been rehearsed yet. Until then nobody knows whether it comes back, nor how fast.
            </Empty>
          ) : (
            <>
              {measured.length > 0 && <Trend measures={measures} drills={measured} rtoSeconds={rtoSeconds} />}
              <DrillsTable source={source} measures={measures} drills={drills} />
              <More more={listed.more} />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

type TableOf = { source: string; measures: string; drills: readonly DrillView[] };

function DrillsTable({ source, measures, drills }: TableOf) {
  return (
    <Table
      caption={`Drills of ${source}, newest first`}
      heads={["Drill", "Outcome", measures, "Point", "Region"]}
    >
      {drills.map(({ drill, outcome, secondsToChecked, rtoSeconds, point, region, by, reason }) => (
        <tr key={drill}>
          <th scope="row">
            <a href={`/sources/${source}/drills/${drill}`}>
              <When at={slotInstant(drill)} />
            </a>
            <small>{by === "person" ? "asked for" : "by schedule"}</small>
          </th>
          <td>
            <State is={outcome ?? "running"} />
            {reason && <small>{reason}</small>}
          </td>
          <td class="number">
            {secondsToChecked === undefined ? "–" : duration(secondsToChecked)}
            {rtoSeconds !== undefined && secondsToChecked !== undefined && (
              <small>of {duration(rtoSeconds)}</small>
            )}
          </td>
          <td>
            <a href={`/sources/${source}/points/${point}`}>{point}</a>
          </td>
          <td>{region}</td>
        </tr>
      ))}
    </Table>
  );
}
