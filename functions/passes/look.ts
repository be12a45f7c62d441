import type { Situation } from "../core/decision.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import type { Observation } from "../core/provider.ts";
import type { SourceKind } from "../core/source.ts";
import type { World } from "../world.ts";

/**
 * Looks at this region, kind by kind, for the kinds that the environment has. A look that fails is a problem in
 * its place; it never hides what the others found.
 */
export async function observeKinds({ environment, providers }: World): Promise<Situation["observed"]> {
  const kinds = new Set<SourceKind>(
    environment.sources.map(({ kind }) => (kind === "archives" ? "bucket" : kind)),
  );
  const looks = [...kinds].map(async (kind): Promise<[SourceKind, Observation | Problem]> => {
    try {
      return [kind, await providers[kind].observe()];
    } catch (thrown) {
      return [kind, asProblem(thrown)];
    }
  });
  return new Map(await Promise.all(looks));
}
