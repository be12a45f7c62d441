import { describe } from "../functions/core/plan.ts";
import { Problem } from "../functions/core/problem.ts";
import { subjectOf } from "../functions/core/source.ts";
import type { Verb } from "./verb.ts";

/** A plan in one sentence, and the sources that it protects. */
export const explain: Verb = async ([name = ""], { environment }) => {
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
  return {
    json: { plan, sentence: describe(plan), sources: sources.map((source) => source.name) },
    text: [
      describe(plan),
      "It protects:",
      ...sources.map((source) => `  ${source.name}: the ${subjectOf(source)}`),
    ],
    exitCode: 0,
  };
};
