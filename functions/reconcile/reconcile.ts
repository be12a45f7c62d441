import { openEpisodes, readCatalog, readOpen } from "../catalog/whole.ts";
import { decide } from "../core/decide.ts";
import type { PassTrace } from "../core/trace.ts";
import { log } from "../glue.ts";
import { readDrills } from "../passes/drills.ts";
import { observeKinds } from "../passes/look.ts";
import { settleFindings } from "../passes/settle.ts";
import type { StartingWorld as World } from "../workflow-world.ts";
import { act } from "./act.ts";
import { keepContinuity } from "./continuity.ts";
import { declareSources } from "./declare.ts";
import { restoresCutOff, settleExecutions } from "./executions.ts";
import { mirrorFacts } from "./mirror.ts";
import { situationOf } from "./situation.ts";
import { type Unseen, unseenBefore } from "./unseen.ts";

/**
 * One pass: observe, decide, act. It may be run at any time, twice at once, and in both regions; what made it
 * run does not matter. Throws `Problem` only when this region's own catalog cannot be read or written.
 */
export async function reconcile(world: World): Promise<void> {
  // The catalog is listed before anything is observed: a fact in it is older than the look, so what the look
  // does not find has really gone.
  const listing = await readCatalog(world.catalog);
  const otherVault = await mirrorFacts(world, listing);
  await declareSources(world, listing);
  await settleExecutions(world, listing);
  const observed = await observeKinds(world);
  const open = await readOpen(world.catalog, openEpisodes(listing));
  const drills = await readDrills(world, listing);
  const decision = decide(situationOf(world, { listing, observed, drills, open, otherVault }));
  const unseen = unseenBefore(world);
  const refusals = [
    ...(await act(world, listing, decision.actions, unseen)),
    ...(await keepContinuity(world, listing, decision.continuity)),
    ...(await restoresCutOff(world, listing)),
  ];
  await settleFindings(world, { listing, open, found: [...decision.findings, ...refusals], by: "reconcile" });
  // The watch of the other region goes by it: a pass that did nothing leaves no fact.
  const trace: PassTrace = { at: world.now().toISOString(), ...notesOf(unseen) };
  await world.catalog.writeIndex("reconcile", `${JSON.stringify(trace)}\n`);
  log("reconciled", {
    region: world.region,
    actions: [
      ...decision.actions.map(({ do: what, source, point }) => `${what} ${source.name} ${point}`),
      ...decision.continuity.map(({ do: what, source }) => `${what} ${source.name}`),
    ],
    findings: decision.findings.length + refusals.length,
  });
}

function notesOf({ noted }: Unseen): Pick<PassTrace, "unseen"> {
  return noted.size > 0 ? { unseen: Object.fromEntries(noted) } : {};
}
