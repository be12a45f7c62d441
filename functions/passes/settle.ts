import { findingKey } from "../catalog/keys.ts";
import type { Listing } from "../catalog/whole.ts";
import type { Episode } from "../core/episode.ts";
import {
  computedBy,
  type Finding,
  findingId,
  otherRegionGraceSeconds,
  type Pass,
  tellAfterSeconds,
} from "../core/finding.ts";
import type { World } from "../world.ts";

/** What one pass over everything came to, of all that is wrong. */
export type Found = {
  listing: Listing;
  /** What is open before it. */
  open: readonly Finding[];
  /** What is wrong by this pass. */
  found: readonly Finding[];
  /** Which pass it is: it ends no kind of finding that another one computes. */
  by: Pass;
};

/**
 * Opens what is newly wrong, ends what evidence says is over, and has told what is due: newly opened, or due and
 * not told. A told alert leaves a fact, so one whose publishing failed is asked for again in the next pass.
 */
export async function settleFindings(world: World, result: Found): Promise<void> {
  await openNew(world, result);
  await endOver(world, result);
  await haveTold(world, result);
}

async function openNew({ catalog, now }: World, { listing, open, found }: Found): Promise<void> {
  const openIds = new Set(open.map(findingId));
  for (const finding of found) {
    const id = findingId(finding);
    if (openIds.has(id)) continue;
    openIds.add(id);
    const at = now().toISOString();
    // Facts of an episode name it to the second. One that ended under this instant is over: this is another.
    const computed = `${finding.since.slice(0, 19)}Z`;
    const since = listing.episodes.get(`${id}/${computed}`)?.facts.has("ended")
      ? `${at.slice(0, 19)}Z`
      : computed;
    await catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding: { ...finding, since } });
    listing.episodes.set(`${id}/${since}`, { id, since, facts: new Map([["opened", at]]) });
  }
}

/** Only the region that a finding is about may end it, and only a kind that the pass computes anew each time. */
async function endOver({ catalog, now, region }: World, { listing, open, found, by }: Found): Promise<void> {
  const foundIds = new Set(found.map(findingId));
  for (const finding of open) {
    const id = findingId(finding);
    if (finding.region !== region || foundIds.has(id) || computedBy(finding.kind) !== by) continue;
    const at = now().toISOString();
    const reason = overReasons[finding.kind] ?? "The next look found it right again.";
    await catalog.recordFinding("ended", { schema: 1, at, fact: "ended", finding, reason });
    listing.episodes.get(`${id}/${finding.since}`)?.facts.set("ended", at);
  }
}

/** Why a finding is over, where it is not that the next look found it right. */
const overReasons: Partial<Record<Finding["kind"], string>> = {
  "restore-cut-off": "A day has passed since it was told.",
};

/** What a task opens or ends it has told itself; only what is untold after so long is asked for again here. */
const taskTellsWithinMs = 60_000;

async function haveTold({ catalog, now, publish, region }: World, { listing, by }: Found): Promise<void> {
  for (const episode of listing.episodes.values()) {
    const computed = computedBy(episode.id.split(".")[0] as Finding["kind"]);
    // What no pass computes, reconcile asks for again if its task's own word was lost.
    if (computed !== by && !(computed === undefined && by === "reconcile")) continue;
    const dueMs = dueAtMs(episode);
    if (dueMs === undefined || now().getTime() < dueMs) continue;
    const { finding } = await catalog.readFinding(findingKey(episode.id, episode.since, "opened"));
    const leftToTaskMs = computed ? 0 : taskTellsWithinMs;
    const graceMs = finding.region === region ? leftToTaskMs : otherRegionGraceSeconds * 1_000;
    if (now().getTime() < dueMs + graceMs) continue;
    await publish("Finding Changed", { findingId: episode.id, since: episode.since });
  }
}

/** When the episode's opening or end is due to be told (ms since 1970); `undefined` when there is nothing to tell. */
function dueAtMs({ id, facts }: Episode): number | undefined {
  const names = [...facts.keys()];
  const told = names.some((name) => /^told-(?!ended-)/.test(name));
  const endedAt = facts.get("ended");
  if (endedAt)
    return told && !names.some((name) => name.startsWith("told-ended-")) ? Date.parse(endedAt) : undefined;
  const openedAt = facts.get("opened");
  if (!openedAt || told) return undefined;
  const kind = id.split(".")[0] as Finding["kind"];
  return Date.parse(openedAt) + (tellAfterSeconds[kind] ?? 0) * 1_000;
}
