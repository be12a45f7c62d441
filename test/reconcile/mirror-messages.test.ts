import { expect, test } from "vitest";
import { digestOf } from "../../functions/alert/acknowledge.ts";
import { readCatalog } from "../../functions/catalog/whole.ts";
import type { FindingFactName } from "../../functions/core/episode.ts";
import { claimedAs } from "../../functions/core/tries.ts";
import { mirrorFacts } from "../../functions/reconcile/mirror.ts";
import { breach, putUp } from "../alert/house.ts";

test("whatever is recorded about telling people comes into the other region's vault, and once", async () => {
  const { primary, recovery } = await putUp();
  const at = breach.since;
  const names = [
    ...["opened", "acknowledged", "told-eu-west-1", "escalated-eu-west-1-2", "ended"],
    ...["told-ended-eu-west-1", "telling-eu-west-1-escalated-2-13", "untold-eu-west-1-opened-1"],
  ] as FindingFactName[];
  for (const name of names)
    await primary.catalog.recordFinding(name, { schema: 1, at, fact: "telling", finding: breach });
  const about = { schema: 1, at, message: "digest", slot: "2026-11-21", region: "eu-west-1" } as const;
  await primary.catalog.recordMessage(claimedAs("telling", "eu-west-1", "", 1), {
    ...about,
    fact: "telling",
  });
  await primary.catalog.recordMessage("told-eu-west-1", { ...about, fact: "told" });
  const code = { schema: 1, at, fact: "acknowledgement", region: "eu-west-1" } as const;
  await primary.catalog.recordAcknowledgement(digestOf("x"), { ...code, episodes: [], messages: [] });
  const keys = async (world: typeof primary) => {
    const all: string[] = [];
    for await (const { key } of world.catalog.list()) all.push(key);
    return all;
  };
  expect(await keys(primary)).toHaveLength(11);

  const listing = await readCatalog(recovery.catalog);
  await mirrorFacts(recovery, listing);
  expect(await keys(recovery)).toEqual(await keys(primary));

  let copies = 0;
  recovery.catalog.mirror = async () => ++copies > 0;
  await mirrorFacts(recovery, listing);
  expect(copies).toBe(0);
});
