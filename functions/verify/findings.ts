import { findingKey, findingsPrefix, parseFindingKey } from "../catalog/keys.ts";
import { type Finding, findingId } from "../core/finding.ts";
import type { World } from "../world.ts";

/** Opens a finding in the episode that its `since` names, and has it told; does nothing where it was opened before. */
export async function openFinding(world: World, finding: Finding): Promise<void> {
  const at = world.now().toISOString();
  await world.catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding });
  await world.publish("Finding Changed", { findingId: findingId(finding), since: finding.since });
}

/** Ends the open findings of these kinds about a source that began before an instant (ISO-8601 UTC). */
export async function endFindings(
  world: World,
  source: string,
  kinds: Finding["kind"][],
  before: string,
  reason: string,
): Promise<void> {
  for (const kind of kinds) {
    const ended = new Set<string>();
    const opened: { id: string; since: string }[] = [];
    for await (const { key } of world.catalog.list(`${findingsPrefix}${kind}.${source}.`)) {
      const fact = parseFindingKey(key);
      if (fact?.name === "ended") ended.add(`${fact.id}/${fact.since}`);
      if (fact?.name === "opened") opened.push(fact);
    }
    for (const { id, since } of opened) {
      if (ended.has(`${id}/${since}`) || since >= before) continue;
      const { finding } = await world.catalog.readFinding(findingKey(id, since, "opened"));
      // Each region ends what it found itself.
      if (finding.region !== world.region) continue;
      const at = world.now().toISOString();
      await world.catalog.recordFinding("ended", { schema: 1, at, fact: "ended", finding, reason });
      await world.publish("Finding Changed", { findingId: id, since });
    }
  }
}
