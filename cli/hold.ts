import { type ExpiryFactName, isReading, markStage, marksOf } from "../functions/core/marks.ts";
import { isPresent } from "../functions/core/point.ts";
import { Problem } from "../functions/core/problem.ts";
import { compactInstant, pointIdPattern } from "../functions/core/slot.ts";
import type { Source } from "../functions/core/source.ts";
import { type House, placesOf } from "./house.ts";
import { knownSources } from "./known.ts";
import type { Io, Options, Verb } from "./verb.ts";

const maxReasonChars = 500;

/** Puts a hold on a point: nothing of it expires, in any region, until somebody releases it. */
export const hold: Verb = async ([name = "", point = ""], house, options, io) => {
  const reason = reasonIn(options, "hold");
  const { source, state, where } = await pointAt(house, name, point);
  const id = compactInstant(io.now()).toLowerCase();
  if (!(await record(house, source, point, { name: `held-${id}`, fact: "held", reason }, io))) {
    throw new Problem("conflict", `Somebody put a hold on ${point} in this very second`, "Write it again.");
  }
  const nowMs = io.now().getTime();
  const due = where.filter(({ region }) => markStage(marksOf(state, region), nowMs).stage === "ripe");
  const regions = where.map(({ region }) => region);
  return {
    json: {
      source: source.name,
      point,
      hold: id,
      reason,
      regions,
      wasDueIn: due.map(({ region }) => region),
    },
    text: [
      `${point} of "${source.name}" is held in ${regions.join(" and ")}: nothing deletes it before its release.`,
      ...due.map(
        ({ region }) =>
          `It was due in ${region}; a pass may be at it in this moment. Look in a minute: holdfast points ${name}`,
      ),
      `To release it: holdfast release ${name} ${point} --reason "…"`,
    ],
    exitCode: 0,
  };
};

/** Takes a hold of a person off a point. Those of restores and drills end with them. */
export const release: Verb = async ([name = "", point = ""], house, options, io) => {
  const reason = reasonIn(options, "release");
  const { source, state, where } = await pointAt(house, name, point);
  const held = marksOf(state, "").holds.filter(({ id }) => !isReading(id));
  const ids = held.map(({ id }) => id);
  const wanted = options.hold === undefined ? ids : ids.filter((id) => id === options.hold);
  const [id] = wanted;
  if (id === undefined) {
    const which = options.hold === undefined ? "no hold" : `no hold "${options.hold}"`;
    const others =
      ids.length > 0 ? `Its holds are: ${ids.join(", ")}.` : `See: holdfast prune ${name} --dry-run`;
    throw new Problem("not-found", `There is ${which} on ${point} of "${name}"`, others);
  }
  if (wanted.length > 1) {
    const fix = `Name one: --hold <id>; they are: ${ids.join(", ")}.`;
    throw new Problem("invalid", `There are ${wanted.length} holds on ${point} of "${name}"`, fix);
  }
  await record(house, source, point, { name: `released-${id}`, fact: "released", reason }, io);
  const left = ids.filter((other) => other !== id);
  return {
    json: { source: source.name, point, released: id, reason, holdsLeft: left },
    text: [
      `The hold ${id} on ${point} of "${source.name}" is released.`,
      left.length > 0
        ? `It stays held: ${left.join(", ")}.`
        : `From now on it is kept in ${where.map(({ region }) => region).join(" and ")} only while its plan asks for it.`,
    ],
    exitCode: 0,
  };
};

function reasonIn({ reason = "" }: Options, verb: string): string {
  const given = reason.trim();
  if (given && given.length <= maxReasonChars) return given;
  const why = given ? `The reason has ${given.length} characters` : `A ${verb} needs its reason`;
  throw new Problem("invalid", why, `Write --reason "…" with 1 to ${maxReasonChars} characters.`);
}

/** The point as both vaults know it, where it still is. Throws `Problem` when there is nothing to hold. */
async function pointAt(house: House, name: string, point: string) {
  const { sources, survey, otherVault } = await knownSources(house, name);
  const { source } = sources[0] as (typeof sources)[number];
  if (source.kind === "bucket") {
    const message = `"${name}" is a bucket: its replica does not expire, so there is nothing to hold`;
    throw new Problem("unsupported", message, "To keep a state of it, copy the objects to another bucket.");
  }
  const state = survey.points.get(name)?.find((one) => one.point === point);
  const places = placesOf(house).filter(({ role }) => source.kind !== "archives" || role === "recovery");
  const where = places.filter((place) => state && isPresent(state, place));
  if (state && where.length > 0) return { source, state, where };
  if (!pointIdPattern.test(point)) {
    throw new Problem(
      "invalid",
      `"${point}" is not a point of "${name}"`,
      `Choose one of: holdfast points ${name}`,
    );
  }
  const gone = state ? "has gone from every region" : "is not known";
  const fix = otherVault ? `The other vault cannot be read: ${otherVault}.` : `See: holdfast points ${name}`;
  throw new Problem("not-found", `${point} of "${name}" ${gone}`, fix);
}

type Said = { name: ExpiryFactName; fact: "held" | "released"; reason: string };

/** In the vault that answered; expiry reads both, and the reconcilers mirror it. */
function record({ world, region }: House, source: Source, point: string, said: Said, io: Io) {
  const { name, fact, reason } = said;
  const at = io.now().toISOString();
  return world.catalog.recordPoint(name, { schema: 1, at, source: source.name, point, region, fact, reason });
}
