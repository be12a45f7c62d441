import { readDeclared } from "../catalog/read-declared.ts";
import { describe } from "../core/plan.ts";
import { sourceOf } from "./find.ts";
import type { Look } from "./operation.ts";
import { byNameUp, pageFrom } from "./paging.ts";
import { reportIfAny } from "./status.ts";

/** What is protected, by name. */
export const listSources: Look<"listSources"> = async ({ query }, { world }) => {
  const { firstAt } = await readDeclared(world.catalog);
  const sources = world.environment.sources.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { items, ...more } = pageFrom(
    sources,
    query,
    byNameUp(({ name }) => name),
  );
  return {
    // One that was deployed a minute ago is declared by the next pass.
    items: items.map((source) => ({
      source,
      declaredAt: firstAt.get(source.name) ?? world.now().toISOString(),
    })),
    ...more,
  };
};

/** One source, with its plan in a sentence and what the watch says of it. */
export const getSource: Look<"getSource"> = async ({ params }, { world }) => {
  const source = sourceOf(world, params.source);
  const { firstAt } = await readDeclared(world.catalog);
  const report = (await reportIfAny(world))?.sources.find((one) => one.source === source.name);
  const rtoSeconds = report?.drill?.rtoSeconds;
  return {
    source,
    declaredAt: firstAt.get(source.name) ?? world.now().toISOString(),
    planInWords: describe(source.plan, rtoSeconds === undefined ? undefined : { rtoSeconds }),
    ...(report ? { report } : {}),
  };
};
