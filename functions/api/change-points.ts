import type { ApiWorld } from "../api-world.ts";
import { pointKey, sourcesPrefix } from "../catalog/keys.ts";
import { survey } from "../catalog/survey.ts";
import type { PointFact } from "../core/fact.ts";
import { type ExpiryFactName, markStage, marksOf } from "../core/marks.ts";
import { isPresent, type PointState } from "../core/point.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { compactInstant, pointIdPattern, slotOf } from "../core/slot.ts";
import type { Source } from "../core/source.ts";
import { ifThere } from "./drills.ts";
import { placesOf, pointOf, sourceOf } from "./find.ts";
import type { Change } from "./operation.ts";
import { holdsOfPeople } from "./points.ts";

/** Asks for a point of the current minute. Points are taken in the primary region, whose reconciler hears of it by the fact. */
export const createPoint: Change<"createPoint"> = async ({ params }, { world, since }) => {
  const source = sourceOf(world, params.source);
  await mustTakePoints(world);
  return asking(source, world, since);
};

/** What the schedule would do next, now. */
export const runSchedule: Change<"runSchedule"> = async ({ params }, { world, since }) => {
  const source = sourceOf(world, params.source);
  await mustTakePoints(world);
  return asking(source, world, since);
};

/** Has an archive, or a bucket's replica, read again and compared. A snapshot can only be proved by restoring it. */
export const verifyPoint: Change<"verifyPoint"> = async ({ params }, { world, since }) => {
  const source = sourceOf(world, params.source);
  const { name } = source;
  const { point, facts } = await pointOf(world, name, params.point);
  if (source.kind === "bucket") return asking(source, world, since);
  if (source.kind !== "archives")
    throw new Problem(
      "unsupported",
      `"${name}" is a database, and what is in a snapshot shows only when it is restored`,
      `Rehearse that: holdfast drill ${name} --point ${point}.`,
    );
  const { primaryRegion, recoveryRegion } = world.environment;
  const checkId = String((since ?? world.now()).getTime());
  const copied = isPresent({ point, facts }, { region: recoveryRegion, role: "recovery" });
  const region = copied ? recoveryRegion : primaryRegion;
  const { archive } = await world.catalog.readPoint(pointKey(name, point, "available"));
  if (!archive)
    throw new Problem("damaged", `The fact of ${point} names no archive`, "Look at it in the vault.");
  return {
    target: `${name}/${point}`,
    async act() {
      const { publish } = world.at(region);
      if (copied) await publish("Archive Scrub Requested", { source: name, point, checkId });
      else await publish("Archive Verification Requested", { source: name, key: archive.key, checkId });
      return { source: name, point, state: `its outcome will be the fact checked-${region}-${checkId}` };
    },
  };
};

/** Asks expiry to delete a point. It does so only if its rules find that safe, in two passes an hour apart. */
export const deletePoint: Change<"deletePoint"> = async ({ params, body }, { world, caller, since }) => {
  const { source, state, where } = await heldWhere(world, params.source, params.point);
  const { name } = source;
  return {
    target: `${name}/${state.point}`,
    async act() {
      const id = compactInstant(since ?? world.now()).toLowerCase();
      const reason = `${body.reason} (${caller.who})`;
      await record(world, name, state.point, { name: `unwanted-${id}`, fact: "unwanted", reason });
      for (const { region } of where)
        await world.at(region).publish("Expiry Requested", { source: name }).catch(ignoreSilence);
      return {
        source: name,
        point: state.point,
        state: "expiry is asked; it deletes in two passes what is safe",
      };
    },
  };
};

/** Puts a legal hold on a point: nothing of it expires, in any region, until somebody releases it. */
export const holdPoint: Change<"holdPoint"> = async ({ params, body }, { world, caller, since }) => {
  const { source, state, where } = await heldWhere(world, params.source, params.point);
  const nowMs = world.now().getTime();
  const due = where.filter(({ region }) => markStage(marksOf(state, region), nowMs).stage === "ripe");
  const regions = where.map(({ region }) => region);
  const wasDueIn = due.map(({ region }) => region);
  return {
    target: `${source.name}/${state.point}`,
    async act() {
      const hold = compactInstant(since ?? world.now()).toLowerCase();
      const reason = `${body.reason} (${caller.who})`;
      const fresh = await record(world, source.name, state.point, {
        name: `held-${hold}`,
        fact: "held",
        reason,
      });
      // Where the first try was cut off, it may be what it put on.
      if (fresh || since) return { hold, regions, wasDueIn };
      throw new Problem(
        "conflict",
        `Somebody put a hold on ${state.point} in this very second`,
        "Ask again.",
      );
    },
  };
};

/** Takes holds of people off a point, one or all. Those of restores and drills end with them. */
export const releasePoint: Change<"releasePoint"> = async ({ params, body }, { world, caller }) => {
  const { source, state, where } = await heldWhere(world, params.source, params.point);
  const held = holdsOfPeople(state);
  const released = body.hold === undefined ? held : held.filter((id) => id === body.hold);
  if (released.length === 0) {
    const which = body.hold === undefined ? "no hold" : `no hold "${body.hold}"`;
    const fix = held.length > 0 ? `Its holds are: ${held.join(", ")}.` : "Nothing is to be released.";
    throw new Problem("not-found", `There is ${which} on ${state.point} of "${source.name}"`, fix);
  }
  return {
    target: `${source.name}/${state.point}`,
    async act() {
      const reason = `${body.reason} (${caller.who})`;
      for (const id of released)
        await record(world, source.name, state.point, { name: `released-${id}`, fact: "released", reason });
      const holdsLeft = held.filter((id) => !released.includes(id));
      return { released, holdsLeft, regions: where.map(({ region }) => region) };
    },
  };
};

/** Throws `Problem` unavailable where nobody can take a point now: that would be asked for, and not come. */
async function mustTakePoints({ environment, region, otherCatalog }: ApiWorld): Promise<void> {
  const { primaryRegion } = environment;
  if (region === primaryRegion) return;
  try {
    await otherCatalog.list(sourcesPrefix).next();
  } catch (thrown) {
    if (!asProblem(thrown).retryable) throw thrown;
    throw new Problem(
      "unavailable",
      `Points are taken in ${primaryRegion}, and ${region} answered`,
      `Ask again once ${primaryRegion} answers; copies in ${region} are safe.`,
    );
  }
}

/**
 * A point of this minute. Refused if the minute has one: that may have been begun before anybody asked, and would pass for
 * what is asked for now. `since`: when the first try came, whose wish is the answer where it was written.
 */
async function asking({ name }: Source, world: ApiWorld, since: Date | undefined) {
  const now = world.now();
  const asked = since && (await askedSince(name, world, since));
  const point = asked ?? slotOf(now);
  const again = `Ask again in ${60 - now.getUTCSeconds()} s, when the next minute has begun.`;
  const taken = `${point} of "${name}" was asked for before, and may have been begun`;
  if (!asked && (await bothVaults(world, name)).some((state) => state.point === point))
    throw new Problem("conflict", taken, again);
  return {
    target: `${name}/${point}`,
    async act() {
      const at = world.now().toISOString();
      const about = { source: name, point, region: world.environment.primaryRegion } as const;
      const fact = { schema: 1, at, ...about, fact: "requested", by: "person" } as const;
      const fresh = await world.catalog.recordPoint("requested", fact);
      if (!fresh && !asked) throw new Problem("conflict", taken, again);
      return { source: name, point, state: "requested" };
    },
  };
}

/** What was asked for at that instant or later in its minute, by whomever: no sooner is it begun. */
async function askedSince(name: string, { catalog }: ApiWorld, since: Date): Promise<string | undefined> {
  const fact = await ifThere(catalog.readPoint(pointKey(name, slotOf(since), "requested")));
  return fact && Date.parse(fact.at) >= since.getTime() ? slotOf(since) : undefined;
}

/** A point as both vaults know it, and where it still is. Throws `Problem` when there is nothing of it that could expire. */
async function heldWhere(world: ApiWorld, name: string, point: string) {
  const source = sourceOf(world, name);
  if (source.kind === "bucket") {
    const message = `"${name}" is a bucket: its replica does not expire, so there is nothing to hold or delete`;
    throw new Problem("unsupported", message, "To keep a state of it, copy the objects to another bucket.");
  }
  if (!pointIdPattern.test(point))
    throw new Problem(
      "not-found",
      `There is no point "${point}" of "${name}"`,
      `See: holdfast points ${name}.`,
    );
  const states = await bothVaults(world, name);
  const state: PointState | undefined = states.find((one) => one.point === point);
  const places = placesOf(world.environment).filter(
    ({ role }) => source.kind !== "archives" || role === "recovery",
  );
  const where = places.filter((place) => state && isPresent(state, place));
  if (state && where.length > 0) return { source, state, where };
  const gone = state ? "has gone from every region" : "is not known";
  throw new Problem("not-found", `${point} of "${name}" ${gone}`, `See: holdfast points ${name}.`);
}

async function bothVaults({ catalog, otherCatalog }: ApiWorld, name: string) {
  const of = async (catalogs: Parameters<typeof survey>[0]) =>
    (await survey(catalogs)).points.get(name) ?? [];
  try {
    return await of([catalog, otherCatalog]);
  } catch (thrown) {
    if (!asProblem(thrown).retryable) throw thrown;
    return of([catalog]);
  }
}

type Said = { name: ExpiryFactName; fact: PointFact["fact"]; reason: string };

/** In this region's vault; expiry reads both, and the reconcilers mirror it. */
function record(
  { catalog, region, now }: ApiWorld,
  source: string,
  point: string,
  said: Said,
): Promise<boolean> {
  const { name, fact, reason } = said;
  return catalog.recordPoint(name, {
    schema: 1,
    at: now().toISOString(),
    source,
    point,
    region,
    fact,
    reason,
  });
}

/** A region that is away makes its hourly pass when it is back; the fact is there then. */
function ignoreSilence(thrown: unknown): void {
  if (!asProblem(thrown).retryable) throw thrown;
}
