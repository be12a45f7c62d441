import { useState } from "preact/hooks";
import type { PointView } from "../../functions/core/api/sources.ts";
import { slotInstant } from "../words.ts";
import { Empty } from "./answered.tsx";
import { More } from "./more.tsx";
import { State } from "./state.tsx";
import { Table } from "./table.tsx";
import { When } from "./when.tsx";

/** More than these are asked for: what is looked for is mostly the newest. */
const firstRows = 15;

type Row = { point: PointView } | { owed: string };

/** A source's points with where they are and what is proved of them; what was owed and never came stands between them. */
export function PointsTable({
  points,
  owed,
  more,
}: {
  points: readonly PointView[];
  owed: readonly string[];
  more: (() => Promise<void>) | undefined;
}) {
  const [all, showAll] = useState(false);
  if (points.length === 0 && owed.length === 0) return <Empty>There is no point yet.</Empty>;
  const regions = points[0]?.places.map(({ region }) => region) ?? [];
  const oldest = points.at(-1)?.at ?? "";
  const rows: Row[] = [
    ...points.map((point) => ({ point })),
    ...owed.filter((slot) => !more || slotInstant(slot) >= oldest).map((slot) => ({ owed: slot })),
  ].sort((a, b) => instantOf(b).localeCompare(instantOf(a)));
  const shown = all ? rows : rows.slice(0, firstRows);
  return (
    <>
      <Table caption="Points, newest first" heads={["Point", ...regions, "Proved"]}>
        {shown.map((row) =>
          "owed" in row ? (
            <tr key={`owed ${row.owed}`} class="gap">
              <th scope="row">
                <When at={slotInstant(row.owed)} />
              </th>
              <td colSpan={regions.length + 1}>
                <State is="owed" tone="bad">
                  owed, and there is none
                </State>
              </td>
            </tr>
          ) : (
            <Point key={row.point.point} of={row.point} regions={regions} />
          ),
        )}
      </Table>
      {shown.length < rows.length ? (
        <button type="button" class="more" onClick={() => showAll(true)}>
          Show all {rows.length}
        </button>
      ) : (
        <More more={more} />
      )}
    </>
  );
}

function Point({ of, regions }: { of: PointView; regions: string[] }) {
  return (
    <tr>
      <th scope="row">
        <a href={`/sources/${of.source}/points/${of.point}`}>
          <When at={of.at} />
        </a>
        {of.point.length > 14 && <small class="id">{of.point.slice(15)}</small>}
        {of.held && <small class="held">held</small>}
      </th>
      {regions.map((region) => {
        const place = of.places.find((one) => one.region === region);
        return <td key={region}>{place ? <State is={place.state} /> : "–"}</td>;
      })}
      <td>
        <Proved of={of} />
      </td>
    </tr>
  );
}

/** What is proved of a point, strongest first. */
export function Proved({ of: { restorableIn, intactIn } }: { of: PointView }) {
  if (restorableIn.length > 0)
    return <State is="restored" tone="good">{`restored in ${restorableIn.join(", ")}`}</State>;
  if (intactIn.length > 0)
    return <State is="intact" tone="good">{`re-read in ${intactIn.join(", ")}`}</State>;
  return <span class="soft">not yet</span>;
}

function instantOf(row: Row): string {
  return "owed" in row ? slotInstant(row.owed) : row.point.at;
}
