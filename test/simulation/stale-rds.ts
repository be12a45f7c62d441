import type { Interceptor, Twin } from "../../local/twin.ts";
import type { Random } from "./random.ts";

const minuteMs = 60_000;

/** The longest that RDS answers with what was. AWS names no bound; its listings follow within minutes. */
export const staleMs = 12 * minuteMs;

/**
 * RDS as it is under eventual consistency: now and then a region's lists of snapshots are for some minutes those of minutes
 * ago, for whoever asks, however often: one that was made since is not in them, and is not found by its name either.
 */
export function staleRds(twin: Twin, random: Random, say: (line: string) => void): Interceptor {
  const { clock } = twin;
  const spells = new Map<string, { untilMs: number; old: Map<string, unknown> }>();
  return async (call, proceed) => {
    const isList = /^DescribeDB(Cluster)?Snapshots$/.test(call.operation);
    if (!isList) return proceed();
    let spell = spells.get(call.region);
    if (spell && clock.now() >= spell.untilMs) {
      spells.delete(call.region);
      spell = undefined;
    }
    const answer = await proceed();
    if (!spell && random.chance(0.004)) {
      spell = { untilMs: clock.now() + (2 + random.below(10)) * minuteMs, old: new Map() };
      spells.set(call.region, spell);
      say(`RDS in ${call.region} shows no news of snapshots until ${new Date(spell.untilMs).toISOString()}`);
    }
    if (!spell) return answer;
    const wish = `${call.operation} ${JSON.stringify(call.input)}`;
    if (!spell.old.has(wish)) spell.old.set(wish, structuredClone(answer));
    return structuredClone(spell.old.get(wish));
  };
}
