import { AwsError, type Interceptor, type Twin } from "../../local/twin.ts";
import type { Random } from "./random.ts";

const minuteMs = 60_000;

/** A list as it once was, or the page of it that names one snapshot. */
type Page = Record<string, unknown>;

/**
 * RDS as it is under eventual consistency: now and then a region's lists of snapshots are for some minutes what they were
 * minutes before, for whoever asks, however often, though they have shown more since: a snapshot that was seen already is not
 * in them, and is not found by its name either.
 */
export function staleRds(twin: Twin, random: Random, say: (line: string) => void): Interceptor {
  const { clock } = twin;
  const lists = new Map<string, { atMs: number; page: Page }[]>();
  const spells = new Map<string, { untilMs: number; asOfMs: number }>();
  return async (call, proceed) => {
    const kind = /^DescribeDB(Cluster)?Snapshots$/.exec(call.operation);
    if (!kind) return proceed();
    const nowMs = clock.now();
    const list = `${call.region} ${call.operation}`;
    const id = String(call.input[`DB${kind[1] ?? ""}SnapshotIdentifier`] ?? "");
    const before = (lists.get(list) ?? []).filter(({ atMs }) => nowMs - atMs < 12 * minuteMs);
    if (!id && random.chance(0.004) && nowMs > (spells.get(call.region)?.untilMs ?? 0)) {
      const untilMs = nowMs + (2 + random.below(9)) * minuteMs;
      spells.set(call.region, { untilMs, asOfMs: nowMs - (1 + random.below(9)) * minuteMs });
      say(`RDS in ${call.region} lists what was minutes ago until ${new Date(untilMs).toISOString()}`);
    }
    const spell = spells.get(call.region);
    const old = spell && nowMs < spell.untilMs && before.findLast(({ atMs }) => atMs <= spell.asOfMs);
    if (old && id) return pageOf(old.page, id, `DB${kind[1] ?? ""}Snapshot`);
    if (old) return structuredClone(old.page);
    const page = (await proceed()) as Page;
    if (!id) lists.set(list, [...before, { atMs: nowMs, page: structuredClone(page) }]);
    return page;
  };
}

function pageOf(page: Page, id: string, what: string): Page {
  const all = page[`${what}s`] as Record<string, unknown>[];
  const one = all.filter((snapshot) => snapshot[`${what}Identifier`] === id);
  if (one.length === 0) throw new AwsError(`${what}NotFound`, `${id} is not found`, 404);
  return structuredClone({ [`${what}s`]: one });
}
