import type { PlanFact, RestoredObjects } from "../core/restore.ts";
import type { Steps } from "../core/workflow.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { Run } from "./database.ts";
import type { ObjectsWish } from "./object.ts";
import { doPart, noCounts, type Part, together } from "./objects-part.ts";

/** A part may be done again from its beginning a few times before its trouble counts as the end. */
const retry = { attempts: 10, firstSeconds: 10, maxSeconds: 300 };

/** Restores a bucket's objects as it was planned, part by part. */
export async function restoreObjects(
  { objects }: PlanFact & { objects: ObjectsWish },
  { steps, world, begin }: Run,
): Promise<RestoredObjects> {
  await begin("objects");
  // S3's instants are to the second: what was there before is told from what comes by a second of its own.
  await steps.waitFor("a second of its own", 2);
  return { bucket: objects.into, ...(await inParts(objects, false, steps, world)) };
}

/** Takes back what a restore did to a bucket, wherever nobody has written since. */
export async function takeBackObjects(
  wish: ObjectsWish,
  { always }: Steps,
  world: RestoreWorld,
): Promise<RestoredObjects> {
  return { bucket: wish.into, ...(await inParts(wish, true, always, world)) };
}

async function inParts(wish: ObjectsWish, back: boolean, steps: Steps, world: RestoreWorld) {
  let counts = noCounts;
  let after: string | undefined;
  for (let part = 1; ; part++) {
    const from = after;
    const name = `${back ? "take back " : ""}objects ${part}`;
    const done: Part = await steps.step(name, () => doPart(wish, { after: from, back }, world), retry);
    counts = together(counts, done.counts);
    if (done.next === undefined) return counts;
    after = done.next;
  }
}
