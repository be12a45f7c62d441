import type { Look } from "../core/looks.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import type { Observation, Provider } from "../core/provider.ts";
import type { SourceKind } from "../core/source.ts";
import type { World } from "../world.ts";

/** What a region is looked at with. */
export type Lookout = Pick<World, "environment"> & {
  providers: Record<Exclude<SourceKind, "archives">, Pick<Provider, "observe">>;
};

/**
 * Looks at a region, kind by kind, for the kinds that the environment has. A look that fails is a problem in
 * its place; it never hides what the others found.
 */
export async function observeKinds({ environment, providers }: Lookout): Promise<Look> {
  const kinds = new Set(environment.sources.map(({ kind }) => (kind === "archives" ? "bucket" : kind)));
  const looks = [...kinds].map(async (kind): Promise<[SourceKind, Observation | Problem]> => {
    try {
      return [kind, await providers[kind].observe()];
    } catch (thrown) {
      return [kind, asProblem(thrown)];
    }
  });
  return new Map(await Promise.all(looks));
}
