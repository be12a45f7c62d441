import type { WatchView } from "../../functions/core/judging.ts";
import { gatherPoints } from "../../functions/core/point.ts";
import type { Source } from "../../functions/core/source.ts";
import { environmentOf } from "./situation.ts";

/** A fact of a point: its source, point and name, and when it was stored. */
export type Stored = [source: string, point: string, name: string, storedAt: string];

/** What the recovery region's watch judges by, of sources that were declared on the first of the month; nobody looked anywhere. */
export function watchView(
  sources: Source[],
  now: string,
  facts: readonly Stored[],
  more: Partial<WatchView> = {},
): WatchView {
  const points = gatherPoints(
    facts.map(([source, point, name, storedAt]) => ({ source, point, name, storedAt })),
  );
  const declared = new Map(sources.map(({ name }) => [name, "2026-11-01T00:00:00.000Z"]));
  return {
    ...{ environment: environmentOf(...sources), region: "eu-central-1", now: new Date(now) },
    ...{ points, recorded: points, declaredAt: declared, redeclaredAt: declared },
    declarations: new Map(),
    ...{ continuity: new Map(), restorable: new Map(), breaches: new Map(), ended: new Map() },
    ...{
      looks: new Map(),
      drills: new Map(),
      open: [],
      pauses: new Map(),
      traces: new Map(),
      sizes: new Map(),
    },
    ...more,
  };
}

/** An instant of November 2026, written "21 03:10". */
export function november(at: string): string {
  return `2026-11-${at.replace(" ", "T")}:00.000Z`;
}

/** The point of a day and an hour of November 2026, written "21 03:00". */
export function slotOn(at: string): string {
  return `202611${at.slice(0, 2)}T${at.slice(3, 5)}${at.slice(6, 8)}Z`;
}
