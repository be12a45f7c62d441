import { createHash } from "node:crypto";
import { findingKey, findingsPrefix, parseFindingKey } from "../catalog/keys.ts";
import { type Finding, findingId } from "../core/finding.ts";
import type { Problem } from "../core/problem.ts";
import type { BucketSource } from "../core/source.ts";
import type { World } from "../world.ts";

/** An open finding about a source's replication; `detail` is the digest of the key that it is about. */
export type OpenFinding = { id: string; since: string; detail: string };

/** In the place of a key's digest: the finding about all keys for which there is none of their own. */
export const othersDetail = "others";

/** What stands for a key in the id of its finding: 8 hex digits of its SHA-256. */
export function digestOf(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 8);
}

/** Opens a finding about one key that could not be replicated, unless one is open, and has it told. */
export function openFinding(
  world: World,
  source: BucketSource,
  key: string,
  problem: Problem,
): Promise<void> {
  const message = `"${key}" of "${source.name}" could not be replicated: ${problem.message}.`;
  return open(world, source, digestOf(key), { message, fix: problem.fix.slice(0, 70) });
}

/** Opens one finding about many keys, of which each for itself would be too much to tell. */
export function openOthers(world: World, source: BucketSource, count: number): Promise<void> {
  const message = `${count} more objects of "${source.name}" could not be replicated; the log names each.`;
  return open(world, source, othersDetail, {
    message,
    fix: "See the log of replicate; begin with the named ones.",
  });
}

/** Ends an open finding. `reason`: the evidence, one sentence. */
export async function endFinding(world: World, { id, since }: OpenFinding, reason: string): Promise<void> {
  const { finding } = await world.catalog.readFinding(findingKey(id, since, "opened"));
  const at = world.now().toISOString();
  await world.catalog.recordFinding("ended", { schema: 1, at, fact: "ended", finding, reason });
  await world.publish("Finding Changed", { findingId: id, since });
}

/** The source's open findings about replication, by what they are about. */
export async function openFindings(
  { catalog }: World,
  source: BucketSource,
  detail = "",
): Promise<OpenFinding[]> {
  const open = new Map<string, OpenFinding>();
  const ended = new Set<string>();
  const prefix = `replication-failed.${source.name}.`;
  for await (const { key } of catalog.list(`${findingsPrefix}${prefix}${detail}`)) {
    const fact = parseFindingKey(key);
    if (!fact) continue;
    const episode = `${fact.id}/${fact.since}`;
    if (fact.name === "ended") ended.add(episode);
    if (fact.name === "opened") {
      open.set(episode, { id: fact.id, since: fact.since, detail: fact.id.slice(prefix.length) });
    }
  }
  return [...open].flatMap(([episode, finding]) => (ended.has(episode) ? [] : [finding]));
}

async function open(
  world: World,
  source: BucketSource,
  detail: string,
  text: Pick<Finding, "message" | "fix">,
): Promise<void> {
  if ((await openFindings(world, source, `${detail}/`)).length > 0) return;
  const at = world.now().toISOString();
  const since = `${at.slice(0, 19)}Z`;
  const about = {
    kind: "replication-failed",
    source: source.name,
    detail,
    since,
    region: world.region,
  } as const;
  const finding: Finding = { ...about, ...text };
  await world.catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding });
  await world.publish("Finding Changed", { findingId: findingId(finding), since });
}
