import { createHash } from "node:crypto";
import { findingKey, findingsPrefix, parseFindingKey } from "../catalog/keys.ts";
import { type Finding, findingId } from "../core/finding.ts";
import type { Problem } from "../core/problem.ts";
import type { BucketSource } from "../core/source.ts";
import type { World } from "../world.ts";

/** Opens a finding about one key that could not be replicated, unless one is open, and has it told. */
export async function openFinding(
  world: World,
  source: BucketSource,
  key: string,
  problem: Problem,
): Promise<void> {
  const detail = createHash("sha256").update(key).digest("hex").slice(0, 8);
  const open = await openEpisodes(world, `replication-failed.${source.name}.${detail}/`);
  if (open.length > 0) return;
  const at = world.now().toISOString();
  const finding: Finding = {
    kind: "replication-failed",
    source: source.name,
    detail,
    since: `${at.slice(0, 19)}Z`,
    region: world.region,
    message: `"${key}" of "${source.name}" could not be replicated: ${problem.message}.`,
    fix: problem.fix.slice(0, 70),
  };
  await world.catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding });
  await world.publish("Finding Changed", { findingId: findingId(finding), since: finding.since });
}

/** Ends every open finding about the source's replication: the evidence is that all of it is there. */
export async function endFindings(world: World, source: BucketSource, reason: string): Promise<void> {
  for (const { id, since } of await openEpisodes(world, `replication-failed.${source.name}.`)) {
    const { finding } = await world.catalog.readFinding(findingKey(id, since, "opened"));
    const at = world.now().toISOString();
    await world.catalog.recordFinding("ended", { schema: 1, at, fact: "ended", finding, reason });
    await world.publish("Finding Changed", { findingId: id, since });
  }
}

async function openEpisodes({ catalog }: World, prefix: string): Promise<{ id: string; since: string }[]> {
  const open = new Map<string, { id: string; since: string }>();
  for await (const { key } of catalog.list(`${findingsPrefix}${prefix}`)) {
    const fact = parseFindingKey(key);
    if (!fact) continue;
    const episode = `${fact.id}/${fact.since}`;
    // "ended" sorts before "opened": so both are seen before an episode is taken for open.
    if (fact.name === "ended") open.set(episode, { id: "", since: "" });
    if (fact.name === "opened" && !open.has(episode)) open.set(episode, { id: fact.id, since: fact.since });
  }
  return [...open.values()].filter(({ id }) => id !== "");
}
