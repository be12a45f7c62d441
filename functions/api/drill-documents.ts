import { createHash } from "node:crypto";
import type { ApiWorld, RegionWorld } from "../api-world.ts";
import { drillKey } from "../catalog/keys.ts";
import { signingKeyKey } from "../catalog/proof-keys.ts";
import type { DrillFinishedFact } from "../core/drill.ts";
import { otherRegion } from "../core/environment.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { keyDigest, type Verdict, verifyText } from "../signing/certificate.ts";
import { differing } from "../signing/differing.ts";
import { sourceOf } from "./find.ts";
import type { Look } from "./operation.ts";
import { forOutside } from "./problem.ts";

/** What of a region a document is read and checked with. */
export type DrillVault = Pick<RegionWorld, "catalog" | "region">;

/** A drill's signed document, letter by letter, with what is wrong with it as far as its own vault can tell. */
export type DrillText = { text: string; verdict: Verdict };

/** Everything that the vaults know is held against a drill's document. */
export const checkDrill: Look<"checkDrill"> = async ({ params }, { world }) => {
  const { name } = sourceOf(world, params.source);
  const { drill } = params;
  const found = await whereDrilled(world, async (at) => ({ at, document: await readText(at, name, drill) }));
  if (!found.document) throw notEnded(name, drill, found.at.region);
  const { at, document } = found;
  const { text, verdict } = document;
  const mismatches = [...verdict.mismatches];
  const notes: string[] = [];
  if (verdict.fact) {
    await compareWithOther(verdict.fact, text, { at, world }, mismatches, notes);
    await compareFingerprint(verdict.fact, world, mismatches, notes);
  }
  return { region: at.region, text, mismatches, notes };
};

/** That nothing of a drill has ended. */
export function notEnded(source: string, drill: string, region: string): Problem {
  const what = `No drill ${drill} of "${source}" has ended, as the vault in ${region} tells it`;
  return new Problem("not-found", what, `See: holdfast drill ${source} --report`);
}

/** Drills run in the recovery region, and are recorded there first; its facts come to the other within minutes. */
export async function whereDrilled<T>(world: ApiWorld, read: (at: DrillVault) => Promise<T>): Promise<T> {
  const { recoveryRegion } = world.environment;
  if (world.region === recoveryRegion) return read(world);
  try {
    return await read(world.at(recoveryRegion));
  } catch (thrown) {
    if (!asProblem(thrown).retryable) throw thrown;
    return read(world);
  }
}

/** A drill's document as it lies in a vault, checked there; undefined if there is none. */
export async function readText(
  { catalog, region }: DrillVault,
  source: string,
  drill: string,
): Promise<DrillText | undefined> {
  let text: string;
  try {
    text = await catalog.text(drillKey(source, drill, "finished"));
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return undefined;
    throw thrown;
  }
  const verdict = verifyText(text);
  if (!verdict.fact) return { text, verdict };
  const { publicKey, keyArn } = verdict.fact.signature;
  const unknown = `the key that signed it is none that the vault in ${region} knows`;
  const mismatches = [...verdict.mismatches];
  try {
    const known = await catalog.readSigningKey(signingKeyKey(keyDigest(publicKey)));
    if (known.publicKey !== publicKey || known.keyArn !== keyArn) mismatches.push(unknown);
  } catch (thrown) {
    const problem = asProblem(thrown);
    mismatches.push(
      problem.retryable ? `its key could not be looked up: ${forOutside(problem).message}` : unknown,
    );
  }
  return { text, verdict: { ...verdict, mismatches } };
}

/** The other vault has a copy of its own, which whoever altered this one would have had to alter too. */
async function compareWithOther(
  { source, drill }: DrillFinishedFact,
  text: string,
  { at, world }: { at: DrillVault; world: ApiWorld },
  mismatches: string[],
  notes: string[],
): Promise<void> {
  const other = otherRegion(world.environment, at.region);
  try {
    const there = await world.at(other).catalog.text(drillKey(source, drill, "finished"));
    mismatches.push(...differing(text, there, `the copy in the vault in ${other}`));
  } catch (thrown) {
    // Facts are mirrored within minutes; before that there is nothing to compare.
    const problem = asProblem(thrown);
    const why =
      problem.code === "not-found" ? notEnded(source, drill, other).message : forOutside(problem).message;
    notes.push(`Not compared with the copy in ${other}: ${why}.`);
  }
}

/** What the drill found lies beside the catalog, in the vault of the region where it ran. */
async function compareFingerprint(
  { fingerprint, region }: DrillFinishedFact,
  world: ApiWorld,
  mismatches: string[],
  notes: string[],
): Promise<void> {
  if (!fingerprint) return;
  try {
    const text = await world.at(region).catalog.text(fingerprint.key);
    const found = createHash("sha256").update(text).digest("hex");
    if (found !== fingerprint.sha256) mismatches.push(`its fingerprint ${fingerprint.key} was altered since`);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code === "not-found") mismatches.push(`its fingerprint ${fingerprint.key} is gone`);
    else notes.push(`Its fingerprint was not looked at: ${forOutside(problem).message}.`);
  }
}
