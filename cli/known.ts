import { type Survey, survey } from "../functions/catalog/survey.ts";
import { asProblem, Problem } from "../functions/core/problem.ts";
import type { House } from "./house.ts";

/** What both vaults say, and the sources that are meant; those that are declared no longer too: their points expire. */
export type Known = {
  survey: Survey;
  sources: Survey["sources"];
  /** Why the vault that was not asked first could not be read. */
  otherVault?: string;
};

/** Reads both vaults; without `name` every source is meant. Throws `Problem` not-found with the names that exist. */
export async function knownSources({ world, environment }: House, name?: string): Promise<Known> {
  const known = await bothVaults(world);
  if (name === undefined) return { ...known, sources: known.survey.sources };
  const sources = known.survey.sources.filter(({ source }) => source.name === name);
  if (sources.length > 0) return { ...known, sources };
  const names = known.survey.sources.map(({ source }) => source.name).join(", ");
  throw new Problem(
    "not-found",
    `There is no source "${name}" in "${environment.name}"`,
    `There are: ${names}.`,
  );
}

async function bothVaults({ catalog, otherCatalog }: House["world"]): Promise<Omit<Known, "sources">> {
  try {
    return { survey: await survey([catalog, otherCatalog]) };
  } catch (thrown) {
    return { survey: await survey([catalog]), otherVault: asProblem(thrown).message };
  }
}
