import { type Budget, budgetsOf } from "./budget.ts";
import type { RpoView } from "./decide-rpo.ts";
import type { DrillHistory } from "./drill-history.ts";
import type { Finding } from "./finding.ts";
import type { Sample } from "./growth.ts";
import type { Looks } from "./looks.ts";
import type { ObjectivesView } from "./objectives.ts";
import { owedSlots } from "./owed.ts";
import type { Pauses } from "./pause.ts";
import type { Points } from "./point.ts";
import type { ThreeTwoOneReport } from "./report.ts";
import type { Slot } from "./slot.ts";
import type { Source } from "./source.ts";
import { threeTwoOne } from "./three-two-one.ts";
import type { Traces } from "./watching.ts";

/** Everything that the watch judges by. `points` and `restorable` are as they were just seen (looks.ts). */
export type WatchView = RpoView &
  Omit<ObjectivesView, "points"> & {
    /** The region whose watch it is. */
    region: string;
    looks: Looks;
    /** The points as the facts alone have them: what is past is told from these. */
    recorded: Points;
    /** Since when each source is declared as it is now. */
    redeclaredAt: ReadonlyMap<string, string>;
    drills: ReadonlyMap<string, DrillHistory>;
    /** The findings that are open. */
    open: readonly Finding[];
    pauses: Pauses;
    traces: Traces;
    /** How large the buckets were that keep backups; one that could not be asked for is absent. */
    sizes: ReadonlyMap<string, readonly Sample[]>;
  };

/** What was worked out of one source. */
export type Judged = {
  source: Source;
  /** The findings that are open of it. */
  open: readonly Finding[];
  budgets: readonly Budget[];
  owed: readonly Slot[];
  threeTwoOne: ThreeTwoOneReport;
};

/** Judges each source of the environment, in its order. Pure. */
export function judge(view: WatchView): Judged[] {
  const openOf = Map.groupBy(view.open, ({ source }) => source);
  const past = { ...view, points: view.recorded };
  return view.environment.sources.map((source) => {
    const open = openOf.get(source.name) ?? [];
    return {
      ...{ source, open, budgets: budgetsOf(past, source), owed: owedSlots(past, source) },
      threeTwoOne: threeTwoOne(view, source, open),
    };
  });
}

/** The same once other findings are open: of what was judged only that changes which goes by them. Pure. */
export function judgeAgain(view: WatchView, judged: readonly Judged[]): Judged[] {
  const openOf = Map.groupBy(view.open, ({ source }) => source);
  return judged.map((one) => {
    const open = openOf.get(one.source.name) ?? [];
    if (open.length === 0 && one.open.length === 0) return one;
    return { ...one, open, threeTwoOne: threeTwoOne(view, one.source, open) };
  });
}
