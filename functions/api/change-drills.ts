import { readDrillStates } from "../catalog/read-drills.ts";
import type { DrillRequest } from "../core/drill.ts";
import { freeSlot, underWay } from "../core/drill-history.ts";
import { executionName } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import { pointOf, sourceOf } from "./find.ts";
import type { Change } from "./operation.ts";

/** Starts a drill, in the recovery region. One of the source that is under way stands in the way. */
export const createDrill: Change<"createDrill"> = async ({ params, body }, { world, since }) => {
  const source = sourceOf(world, params.source);
  const { name } = source;
  if (source.kind === "archives")
    throw new Problem(
      "unsupported",
      `"${name}" is archives, which are scrubbed, not drilled`,
      `Read one again: holdfast verify ${name} <point>.`,
    );
  if (!source.plan.drill)
    throw new Problem(
      "unsupported",
      `The plan of "${name}" has no drill, and nothing is deployed for one`,
      `Write drill: { every: "7d" } into the plan "${source.plan.name}", and deploy.`,
    );
  if (body.point !== undefined) await pointOf(world, name, body.point);
  const at = world.at(world.environment.recoveryRegion);
  const drills = await readDrillStates(at.catalog, name);
  // A second try has the name that the first one had. S3 tells whole seconds of when a fact was stored.
  const firstMs = since && Math.floor(since.getTime() / 1_000) * 1_000;
  const others = drills.filter(({ startedAt = "" }) => !firstMs || !(Date.parse(startedAt) >= firstMs));
  const drill = freeSlot(others, since ?? world.now());
  if (since && drills.some((one) => one.drill === drill && one.startedAt))
    return { target: `${name}/${drill}`, act: async () => ({ source: name, drill }) };
  const running = underWay({ drills }, world.now());
  if (running)
    throw new Problem(
      "conflict",
      `The drill ${running.drill} of "${name}" is under way`,
      `Follow that one: holdfast drill ${name}.`,
    );
  const request: DrillRequest = {
    ...{ source: name, drill, by: "person" },
    ...(body.point === undefined ? {} : { point: body.point }),
  };
  return {
    target: `${name}/${drill}`,
    async act() {
      const named = executionName(world.environment, name, "drill", drill);
      const execution = await at.invoke.start("drill", named, request);
      return { source: name, drill, ...(execution ? { execution } : {}) };
    },
  };
};
