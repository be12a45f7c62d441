import { describe } from "../functions/core/plan.ts";
import { Problem } from "../functions/core/problem.ts";
import { subjectOf } from "../functions/core/source.ts";
import { newestDrills } from "./drills.ts";
import { everything } from "./pages.ts";
import type { ApiVerb } from "./verb.ts";

/** A plan in one sentence, and the sources that it protects. */
export const explain: ApiVerb = async ([name = ""], client) => {
  const all = await everything((query) => client.ask("listSources", { query }));
  const sources = all.flatMap(({ source }) => (source.plan.name === name ? [source] : []));
  const [first] = sources;
  if (!first) {
    const names = [...new Set(all.map(({ source }) => source.plan.name))].join(", ");
    throw new Problem(
      "not-found",
      `There is no plan "${name}" in "${client.about.environment}"`,
      `There are: ${names}.`,
    );
  }
  const drills = await newestDrills(client, sources);
  const measured = [...drills.values()].flatMap(({ rtoSeconds }) => rtoSeconds ?? []);
  // Of several sources the one that takes longest is what the plan comes to.
  const sentence = describe(
    first.plan,
    measured.length > 0 ? { rtoSeconds: Math.max(...measured) } : undefined,
  );
  return {
    json: { plan: first.plan, sentence, sources: sources.map((source) => source.name) },
    text: [
      sentence,
      "It protects:",
      ...sources.map((source) => `  ${source.name}: the ${subjectOf(source)}`),
    ],
    exitCode: 0,
  };
};
