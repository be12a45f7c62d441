import type { Situation } from "./decision.ts";
import type { Finding } from "./finding.ts";
import { pauseNow } from "./pause.ts";
import type { PointState } from "./point.ts";
import { type Slot, slotAt } from "./slot.ts";
import type { Source } from "./source.ts";

/**
 * The slot that is owed now: the newest, however many were missed; none while the schedule is paused. One that was begun
 * before the pause is brought to its end.
 */
export function slotOwed(situation: Situation, source: Source): Slot[] {
  const slot = slotAt(situation.now, source.plan.everySeconds);
  if (!pauseNow(situation.pauses?.get(source.name), situation.now)) return [slot];
  const begun = (state: PointState) =>
    state.point === slot && state.facts.has(`requested-${situation.region}`);
  return situation.points.get(source.name)?.some(begun) ? [slot] : [];
}

/** That schedules are paused is told, so that nobody forgets it. It ends with the pause. */
export function pauseFindings({ environment, pauses, now }: Situation): Finding[] {
  const { primaryRegion } = environment;
  return environment.sources.flatMap(({ name }): Finding[] => {
    const pause = pauseNow(pauses?.get(name), now);
    if (!pause) return [];
    const message = `No points of "${name}" are taken by schedule: it is paused until ${pause.until}.`;
    const fix = `To go on before that: holdfast resume ${name}`.slice(0, 70);
    const about = { kind: "schedule-paused", source: name, detail: "points", region: primaryRegion } as const;
    return [{ ...about, since: pause.at, message, fix }];
  });
}
