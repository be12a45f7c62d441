import { useLocation } from "preact-iso/router";
import { type Lane, type Mark, type Span, type Timeline as Times, ticksOf } from "../timeline.ts";
import { counted, instant } from "../words.ts";

const laneHeight = 44;
const left = 0;

/** What of a point is proved, in words. */
const proofWords: Record<Mark["proof"], string> = {
  restorable: "restored and checked",
  intact: "re-read and compared",
  present: "there, not proved yet",
  "in progress": "on its way",
  failed: "failed",
  lost: "lost",
  expired: "expired by plan",
};

/**
 * A source's points over time, a lane for each region, drills below. Positions are shares of the width, so that it
 * fits every screen without being measured. The table of points beside it says the same to who cannot see it.
 */
export function Timeline({ of, source }: { of: Times; source: string }) {
  const { route } = useLocation();
  const x = (atMs: number) => `${left + ((atMs - of.fromMs) / (of.toMs - of.fromMs)) * (100 - left)}%`;
  const height = of.lanes.length * laneHeight + 44 + 22;
  const drillsY = of.lanes.length * laneHeight + 24;
  const ticks = ticksOf(of, 5);
  const day = of.toMs - of.fromMs > 36 * 3_600_000;
  const late = of.lanes.reduce((sum, lane) => sum + lane.late.length, 0);
  const summary = [
    ...of.lanes.map(({ region, marks }) => `${counted(marks.length, "point")} in ${region}`),
    counted(of.drills.length, "drill"),
    `${counted(late, "time")} out of the RPO`,
    ...(of.owed.length > 0 ? [`${counted(of.owed.length, "owed point")} missing`] : []),
  ].join(", ");
  return (
    <figure class="timeline">
      <svg
        width="100%"
        height={height}
        role="img"
        aria-label={`Timeline from ${instant(new Date(of.fromMs).toISOString())}: ${summary}.`}
      >
        {ticks.map((atMs) => (
          <g key={atMs} class="tick">
            <line x1={x(atMs)} x2={x(atMs)} y1={0} y2={height - 20} />
            <text x={x(atMs)} y={height - 5} text-anchor="middle">
              {day ? new Date(atMs).toISOString().slice(5, 10) : new Date(atMs).toISOString().slice(11, 16)}
            </text>
          </g>
        ))}
        {of.lanes.map((lane, index) => (
          <LaneOf
            key={lane.region}
            lane={lane}
            y={index * laneHeight + 28}
            x={x}
            open={(point) => route(`/sources/${source}/points/${point}`)}
          />
        ))}
        <text class="name" x={0} y={drillsY + 2}>
          Drills
        </text>
        <line class="rail" x1="0" x2="100%" y1={drillsY + 16} y2={drillsY + 16} />
        {of.drills.map(({ drill, atMs, outcome }) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: a shortcut for the mouse; the table has links.
          <svg
            key={drill}
            x={x(atMs)}
            y={drillsY + 16}
            class={`drill ${outcome}`}
            overflow="visible"
            onClick={() => route(`/sources/${source}/drills/${drill}`)}
          >
            <title>{`Drill ${drill}: ${outcome}`}</title>
            <path d="M0-6 6 0 0 6-6 0z" />
          </svg>
        ))}
        {of.owed.map(({ slot, atMs }) => (
          <svg key={slot} x={x(atMs)} y={12} class="owed" overflow="visible">
            <title>{`A point was owed for ${slot} and there is none`}</title>
            <path d="M-5-5h10l-5 8z" />
          </svg>
        ))}
      </svg>
      <figcaption>
        <Key kind="restorable">restored and checked</Key>
        <Key kind="intact">re-read</Key>
        <Key kind="present">there</Key>
        <Key kind="late">out of the RPO</Key>
        <Key kind="owed">owed, missing</Key>
        <Key kind="drill">drill</Key>
      </figcaption>
    </figure>
  );
}

function LaneOf({
  lane,
  y,
  x,
  open,
}: {
  lane: Lane;
  y: number;
  x: (atMs: number) => string;
  open: (point: string) => void;
}) {
  const width = ({ fromMs, toMs }: Span) => `${Number.parseFloat(x(toMs)) - Number.parseFloat(x(fromMs))}%`;
  return (
    <g class="lane">
      <text class="name" x={0} y={y - 13}>
        {lane.region}
      </text>
      <line class="rail" x1="0" x2="100%" y1={y} y2={y} />
      {lane.late.map((span) => (
        <rect
          key={span.fromMs}
          class="late"
          x={x(span.fromMs)}
          width={width(span)}
          y={y - 9}
          height={18}
          rx={3}
        >
          <title>{`Out of the RPO from ${instant(new Date(span.fromMs).toISOString())} to ${instant(new Date(span.toMs).toISOString())} UTC`}</title>
        </rect>
      ))}
      {lane.marks.map(({ point, atMs, proof, held }) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: a shortcut for the mouse; the table has links.
        <svg
          key={point}
          x={x(atMs)}
          y={y}
          class={`mark ${proof.replace(" ", "-")}`}
          overflow="visible"
          onClick={() => open(point)}
        >
          <title>{`${point}: ${proofWords[proof]}${held ? ", held" : ""}`}</title>
          <MarkShape proof={proof} />
        </svg>
      ))}
    </g>
  );
}

function MarkShape({ proof }: { proof: Mark["proof"] }) {
  if (proof === "failed" || proof === "lost") return <path d="M-4-4 4 4M4-4-4 4" />;
  if (proof !== "restorable") return <circle r={proof === "expired" ? 2.5 : 4} />;
  return (
    <>
      <circle r={6.5} class="ring" />
      <circle r={4} />
    </>
  );
}

function Key({ kind, children }: { kind: string; children: string }) {
  return (
    <span class="key">
      <svg width="18" height="14" viewBox="-9 -7 18 14" aria-hidden="true">
        <g class={kind === "drill" ? "drill passed" : kind === "owed" ? "owed" : `mark ${kind}`}>
          {kind === "late" && <rect class="late" x={-8} y={-5} width={16} height={10} rx={2} />}
          {kind === "drill" && <path d="M0-6 6 0 0 6-6 0z" />}
          {kind === "owed" && <path d="M-5-4h10l-5 8z" />}
          {["restorable", "intact", "present"].includes(kind) && <MarkShape proof={kind as Mark["proof"]} />}
        </g>
      </svg>
      {children}
    </span>
  );
}
