import type { PointFactName } from "../catalog/keys.ts";
import type { ExpiryStep } from "../core/expiry.ts";
import type { PointFact } from "../core/fact.ts";
import { expiryFactName } from "../core/marks.ts";
import type { Source } from "../core/source.ts";
import type { World } from "../world.ts";

/** A step with what it is about. `attempts`: the artefacts that exist of the point, failed ones first. */
export type Planned = ExpiryStep & { source: Source; attempts: readonly number[] };

/** So many facts are recorded at one time. */
const recordsAtOnce = 16;

/**
 * Records what was decided: marks that are no longer right are taken back before anything is marked, so that a pass that
 * is cut off leaves too few marks and not too many. Throws `Problem` when the catalog cannot be written.
 */
export async function recordSteps(world: World, planned: readonly Planned[]): Promise<void> {
  const { region, now } = world;
  await inGroups(planned, (one) => {
    if (!one.takeBack) return undefined;
    const name = expiryFactName("kept", region, roundedUp(one.takeBack));
    return record(world, one, name, { fact: "kept", reasons: one.reasons });
  });
  await inGroups(planned, (one) => {
    if (one.step === "record") return recordExpired(world, one, one.reasons);
    if (one.step !== "mark") return undefined;
    const { keep } = one.source.plan;
    const name = expiryFactName("expiring", region, now());
    return record(world, one, name, { fact: "expiring", reasons: one.reasons, keep });
  });
}

/** Records that the point's artefact was deleted here, and why. */
export function recordExpired(world: World, planned: Planned, reasons: string[]): Promise<boolean> {
  return record(world, planned, `expired-${world.region}`, { fact: "expired", reasons });
}

/** Records until when the point's artefact cannot be deleted. */
export function recordLocked(world: World, planned: Planned, until: string): Promise<boolean> {
  const name = expiryFactName("locked", world.region, roundedUp(new Date(until)));
  return record(world, planned, name, { fact: "locked", until });
}

/** Names have whole seconds: what is to outlast an instant is named after the next. */
function roundedUp(instant: Date): Date {
  return new Date(Math.ceil(instant.getTime() / 1_000) * 1_000);
}

function record(
  { catalog, now, region }: World,
  { source, point }: Planned,
  name: PointFactName,
  what: Pick<PointFact, "fact" | "reasons" | "keep" | "until">,
): Promise<boolean> {
  const at = now().toISOString();
  return catalog.recordPoint(name, { schema: 1, at, source: source.name, point, region, ...what });
}

async function inGroups(
  planned: readonly Planned[],
  work: (one: Planned) => Promise<unknown> | undefined,
): Promise<void> {
  for (let from = 0; from < planned.length; from += recordsAtOnce) {
    await Promise.all(planned.slice(from, from + recordsAtOnce).map(work));
  }
}
