import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { drillKey, drillsOf, parseDrillKey } from "../catalog/keys.ts";
import type { DrillFinishedFact } from "../core/drill.ts";
import { drillSlotSeconds, newestFirst } from "../core/drill-history.ts";
import { type CheckResult, Fingerprint } from "../core/fingerprint.ts";
import { asProblem } from "../core/problem.ts";
import { pointMs, type Slot, slotMs } from "../core/slot.ts";
import type { DrillWorld } from "../drill-world.ts";
import type { Begun } from "./begin.ts";

/** What an earlier drill of the same point found. */
export type Earlier = { drill: string; region: string; sha256: string; fingerprints: Fingerprint[] };

/** So many are compared with: the newest ones. */
const maxEarlier = 3;

const Whole = z.object({ fingerprints: z.array(Fingerprint) });

/**
 * The fingerprints that earlier drills made of the same point, in either region: those of drills that passed, or, where
 * none did, of any. One that the other region does not give is told as not compared; one that is not what its certificate
 * says was altered, and fails the drill.
 */
export async function earlierFingerprints(
  begun: Begun,
  world: DrillWorld,
): Promise<{ found: Earlier[]; checks: CheckResult[] }> {
  const facts = await earlierDrills(begun, world);
  const passed = facts.filter(({ outcome }) => outcome === "passed");
  const found: Earlier[] = [];
  const checks: CheckResult[] = [];
  for (const fact of (passed.length > 0 ? passed : facts).slice(0, maxEarlier)) {
    const read = await readWhole(fact, world);
    if ("fingerprints" in read) found.push(read);
    else checks.push(read);
  }
  return { found, checks };
}

/** Those that began last come first. A drill of the point is younger than the point, so that those of hours before it need not be read. */
async function earlierDrills(
  { source, point, drill }: Begun,
  { catalog }: DrillWorld,
): Promise<DrillFinishedFact[]> {
  const slots: string[] = [];
  for await (const { key } of catalog.list(drillsOf(source.name))) {
    const fact = parseDrillKey(key);
    if (fact?.name !== "finished" || fact.drill === drill || endMs(fact.drill) <= pointMs(point)) continue;
    slots.push(fact.drill);
  }
  const facts = await Promise.all(
    slots.map((slot) => catalog.readDrillFinished(drillKey(source.name, slot, "finished"))),
  );
  return newestFirst(facts.filter((fact) => fact.point === point && fact.fingerprint));
}

/** A drill by schedule has the name of the hour in which it began, which may be from before its point. */
function endMs(drill: Slot): number {
  return slotMs(drill) + drillSlotSeconds * 1_000;
}

async function readWhole(fact: DrillFinishedFact, world: DrillWorld): Promise<Earlier | CheckResult> {
  const { drill, region, fingerprint } = fact;
  const name = `fingerprint of the drill ${drill} in ${region}`;
  const { key = "", sha256 = "" } = fingerprint ?? {};
  try {
    const text = await (region === world.region ? world.catalog : world.otherCatalog).text(key);
    const found = createHash("sha256").update(text).digest("hex");
    if (found === sha256) return { drill, region, sha256, ...Whole.parse(JSON.parse(text)) };
    const sentence = `the ${name} was altered since: its digest is not the one that was signed`;
    return { name, outcome: "failed", value: found, expected: sha256, sentence };
  } catch (thrown) {
    const sentence = `the ${name} could not be compared with: ${asProblem(thrown).message}`;
    return { name, outcome: "unproved", value: "out of reach", expected: sha256, sentence };
  }
}
