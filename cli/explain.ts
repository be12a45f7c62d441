import { describe } from "../functions/core/plan.ts";
import { Problem } from "../functions/core/problem.ts";
import { subjectOf } from "../functions/core/source.ts";
import { newestDrills, whereDrilled } from "./drills.ts";
import type { Verb } from "./verb.ts";

/** A plan in one sentence, and the sources that it protects. */
export const explain: Verb = async ([name = ""], house, options, io) => {
  const { environment } = house;
  const plan = environment.plans.find((one) => one.name === name);
  if (!plan) {
    const names = environment.plans.map((one) => one.name).join(", ");
    throw new Problem(
      "not-found",
      `There is no plan "${name}" in "${environment.name}"`,
      `There are: ${names}.`,
    );
  }
  const sources = environment.sources.filter((source) => source.plan.name === name);
  const drills = await whereDrilled(house, options, io, (world) => newestDrills(world, sources));
  const measured = sources.flatMap((source) => drills.get(source.name)?.rtoSeconds ?? []);
  // Of several sources the one that takes longest is what the plan comes to.
  const sentence = describe(plan, measured.length > 0 ? { rtoSeconds: Math.max(...measured) } : undefined);
  return {
    json: { plan, sentence, sources: sources.map((source) => source.name) },
    text: [
      sentence,
      "It protects:",
      ...sources.map((source) => `  ${source.name}: the ${subjectOf(source)}`),
    ],
    exitCode: 0,
  };
};
