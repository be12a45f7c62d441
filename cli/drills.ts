import { drillKey } from "../functions/catalog/keys.ts";
import { signingKeyKey } from "../functions/catalog/proof-keys.ts";
import { readDrillStates } from "../functions/catalog/read-drills.ts";
import { differingPaths } from "../functions/core/canonical.ts";
import { DrillFinishedFact } from "../functions/core/drill.ts";
import { asProblem, Problem } from "../functions/core/problem.ts";
import { type Slot, slotPattern } from "../functions/core/slot.ts";
import type { Source } from "../functions/core/source.ts";
import { keyDigest, type Verdict, verifyText } from "../functions/signing/certificate.ts";
import type { WorkflowWorld as World } from "../functions/workflow-world.ts";
import type { House } from "./house.ts";
import type { Io, Options } from "./verb.ts";

/** A drill that ended, with what its text says of itself when it is checked. */
export type Ended = { fact: DrillFinishedFact; mismatches: string[] };

/** The drills of a source that ended, those that began last first, at most so many, each checked as far as its vault can. */
export async function readEnded(world: World, source: string, most: number): Promise<Ended[]> {
  const states = await readDrillStates(world.catalog, source);
  const ended = states
    .filter(({ finishedAt }) => finishedAt)
    .slice(-most)
    .toReversed();
  const all: Ended[][] = await Promise.all(
    ended.map(async ({ drill }): Promise<Ended[]> => {
      const { fact, mismatches } = await checkInVault(world, await textOf(world, source, drill));
      return fact ? [{ fact, mismatches }] : [];
    }),
  );
  // Of mirrored facts the listing tells only when they came into this vault.
  return all.flat().toSorted((a, b) => Date.parse(b.fact.startedAt) - Date.parse(a.fact.startedAt));
}

/** What the newest drill of a source came to, in short. */
export type Drilled = {
  drill: Slot;
  point: string;
  outcome: DrillFinishedFact["outcome"];
  /** As it was measured. */
  rtoSeconds?: number;
};

/** The newest drill that ended of each source. */
export async function newestDrills(world: World, sources: readonly Source[]): Promise<Map<string, Drilled>> {
  const newest = await Promise.all(
    sources.map(async ({ name }): Promise<[string, Drilled][]> => {
      const states = await readDrillStates(world.catalog, name);
      const last = states.findLast(({ finishedAt }) => finishedAt);
      if (!last) return [];
      const fact = await world.catalog
        .readDrillFinished(drillKey(name, last.drill, "finished"))
        .catch((thrown: unknown) => {
          // One that is not what it should be proves nothing; the report says so.
          if (asProblem(thrown).code === "invalid") return undefined;
          throw thrown;
        });
      if (!fact) return [];
      const { drill, point, outcome, secondsToChecked: rtoSeconds } = fact;
      return [[name, { drill, point, outcome, ...(rtoSeconds === undefined ? {} : { rtoSeconds }) }]];
    }),
  );
  return new Map(newest.flat());
}

/**
 * Reads where drills are recorded first, which is the recovery region; in the vault that answered, if that one does not
 * or another region was asked for.
 */
export async function whereDrilled<T>(
  house: House,
  { region }: Options,
  { reach }: Io,
  read: (world: World) => Promise<T>,
): Promise<T> {
  const { recoveryRegion } = house.environment;
  if (region || house.region === recoveryRegion) return read(house.world);
  try {
    return await read(reach.world(house.environment, recoveryRegion));
  } catch (thrown) {
    if (!asProblem(thrown).retryable) throw thrown;
    return read(house.world);
  }
}

/** A certificate as it lies in a vault, letter by letter. Throws `Problem` not-found. */
export async function textOf({ catalog, region }: World, source: string, drill: string): Promise<string> {
  if (!slotPattern.test(drill))
    throw new Problem("invalid", `"${drill}" names no drill`, `Drills are named like 20261121T0300Z.`);
  try {
    return await catalog.text(drillKey(source, drill, "finished"));
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code !== "not-found") throw problem;
    const what = `No drill ${drill} of "${source}" has ended, as the vault in ${region} tells it`;
    throw new Problem("not-found", what, `See: holdfast drill ${source} --report`);
  }
}

/** Checks a certificate's text, and that the key that signed it is one that the vault knows. */
export async function checkInVault({ catalog, region }: World, text: string): Promise<Verdict> {
  const verdict = verifyText(text);
  if (!verdict.fact) return verdict;
  const { publicKey, keyArn } = verdict.fact.signature;
  const unknown = `the key that signed it is none that the vault in ${region} knows`;
  const mismatches = [...verdict.mismatches];
  try {
    const known = await catalog.readSigningKey(signingKeyKey(keyDigest(publicKey)));
    if (known.publicKey !== publicKey || known.keyArn !== keyArn) mismatches.push(unknown);
  } catch (thrown) {
    const problem = asProblem(thrown);
    mismatches.push(problem.retryable ? `its key could not be looked up: ${problem.message}` : unknown);
  }
  return { ...verdict, mismatches };
}

/** What differs between two texts of one certificate, field by field; empty if nothing does. */
export function differing(a: string, b: string, what: string): string[] {
  if (a === b) return [];
  const [left, right] = [parsed(a), parsed(b)];
  const paths = left && right ? differingPaths(left, right) : [];
  return [
    `${what} differs from it${paths.length > 0 ? ` in ${paths.slice(0, 10).join(", ")}` : " as a text"}`,
  ];
}

function parsed(text: string): DrillFinishedFact | undefined {
  try {
    return DrillFinishedFact.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
