import { Problem } from "../functions/core/problem.ts";
import { pointIdPattern } from "../functions/core/slot.ts";
import type { ApiVerb, Options } from "./verb.ts";

const reasonChars = { min: 3, max: 500 };

/** Puts a hold on a point: nothing of it expires, in any region, until somebody releases it. */
export const hold: ApiVerb = async ([source = "", point = ""], client, options) => {
  const reason = reasonIn(options, "hold");
  const params = { source, point: pointIn(source, point) };
  const { hold: id, regions, wasDueIn } = await client.ask("holdPoint", { params, body: { reason } });
  return {
    json: { source, point, hold: id, reason, regions, wasDueIn },
    text: [
      `${point} of "${source}" is held in ${regions.join(" and ")}: nothing deletes it before its release.`,
      ...wasDueIn.map(
        (region) =>
          `It was due in ${region}; a pass may be at it in this moment. Look in a minute: holdfast points ${source}`,
      ),
      `To release it: holdfast release ${source} ${point} --reason "…"`,
    ],
    exitCode: 0,
  };
};

/** Takes a hold of a person off a point. Those of restores and drills end with them. */
export const release: ApiVerb = async ([source = "", point = ""], client, options) => {
  const reason = reasonIn(options, "release");
  const params = { source, point: pointIn(source, point) };
  const wanted = options.hold ?? (await onlyHold(params, (given) => client.ask("getPoint", given)));
  const body = { reason, ...(wanted === undefined ? {} : { hold: wanted }) };
  const { released, holdsLeft, regions } = await client.ask("releasePoint", { params, body });
  const [id] = released;
  return {
    json: { source, point, released: id, reason, holdsLeft },
    text: [
      `The hold ${id} on ${point} of "${source}" is released.`,
      holdsLeft.length > 0
        ? `It stays held: ${holdsLeft.join(", ")}.`
        : `From now on it is kept in ${regions.join(" and ")} only while its plan asks for it.`,
    ],
    exitCode: 0,
  };
};

/** Of several holds the one that is meant has to be named; that there is none the API says. */
async function onlyHold(
  params: { source: string; point: string },
  look: (given: { params: typeof params }) => Promise<{ holds: string[] }>,
): Promise<string | undefined> {
  const { holds } = await look({ params });
  if (holds.length < 2) return holds[0];
  const fix = `Name one: --hold <id>; they are: ${holds.join(", ")}.`;
  throw new Problem(
    "invalid",
    `There are ${holds.length} holds on ${params.point} of "${params.source}"`,
    fix,
  );
}

function pointIn(source: string, point: string): string {
  if (pointIdPattern.test(point)) return point;
  const fix = `Choose one of: holdfast points ${source}`;
  throw new Problem("invalid", `"${point}" is not a point of "${source}"`, fix);
}

function reasonIn({ reason = "" }: Options, verb: string): string {
  const given = reason.trim();
  const { min, max } = reasonChars;
  if (given.length >= min && given.length <= max) return given;
  const why = given ? `The reason has ${given.length} characters` : `A ${verb} needs its reason`;
  throw new Problem("invalid", why, `Write --reason "…" with ${min} to ${max} characters.`);
}
