import { pointKey } from "../functions/catalog/keys.ts";
import { type Place, presenceFact } from "../functions/core/point.ts";
import { asProblem, Problem, problemCodes } from "../functions/core/problem.ts";
import type { Artefact } from "../functions/core/provider.ts";
import type { Source } from "../functions/core/source.ts";
import type { WorkflowWorld as World } from "../functions/workflow-world.ts";
import type { House } from "./house.ts";
import type { Io, Options, Outcome } from "./verb.ts";

/** One thing compared: what the catalog says, and what AWS says now. */
type Check = { what: string; recorded: string; found: string; ok: boolean };
type Checked = {
  region: string;
  artefact?: string;
  checks: Check[];
  problem?: { code: string; message: string };
};

/** Re-reads the point's snapshots, in the region asked for or in both, and compares each with its fact. */
export async function verifyDatabase(
  source: Source,
  point: string,
  house: House,
  { region }: Options,
  io: Io,
): Promise<Outcome> {
  const { primaryRegion, recoveryRegion } = house.environment;
  const all: Place[] = [
    { region: primaryRegion, role: "primary" },
    ...(source.plan.copies.length > 0 ? [{ region: recoveryRegion, role: "recovery" as const }] : []),
  ];
  const places = region ? all.filter((place) => place.region === region) : all;
  if (places.length === 0) {
    const where = all.map((place) => place.region).join(" or ");
    throw new Problem(
      "invalid",
      `No snapshot of "${source.name}" is owed in ${region}`,
      `Write --region ${where}.`,
    );
  }
  const results = await Promise.all(places.map((place) => verifyAt(source, point, place, house, io)));
  const wrong = results.flatMap(({ checks }) => checks).filter(({ ok }) => !ok);
  const problem = results.find((one) => one.problem)?.problem;
  const code = wrong.length > 0 ? "damaged" : (problem?.code as keyof typeof problemCodes | undefined);
  return {
    json: { source: source.name, point, intact: !code, restorable: "not proved", regions: results },
    text: [
      ...results.flatMap(lines),
      "",
      `Not proved here: that it can be restored. See: holdfast drill ${source.name} --report`,
    ],
    exitCode: code ? problemCodes[code].exitCode : 0,
  };
}

async function verifyAt(source: Source, point: string, place: Place, house: House, io: Io): Promise<Checked> {
  const { region } = place;
  try {
    const world = region === house.region ? house.world : io.reach.world(house.environment, region);
    const recorded = await recordedArtefact(source, point, place, [house.world, world]);
    const found = await world.providers[source.kind].inspect(recorded.id);
    return { region, artefact: recorded.id, checks: compare(recorded, found) };
  } catch (thrown) {
    const { code, message } = asProblem(thrown);
    return { region, checks: [], problem: { code, message } };
  }
}

type Recorded = Pick<Artefact, "id" | "arn" | "encrypted" | "tags"> & {
  keyArn?: string | undefined;
  sizeGiB?: number | undefined;
};

/** The fact may not be mirrored yet: the region's own vault has it too. */
async function recordedArtefact(
  source: Source,
  point: string,
  place: Place,
  worlds: World[],
): Promise<Recorded> {
  const key = pointKey(source.name, point, presenceFact(place));
  let problem: Problem | undefined;
  for (const { catalog } of worlds) {
    try {
      const { artefact } = await catalog.readPoint(key);
      if (artefact) return artefact;
    } catch (thrown) {
      problem = asProblem(thrown);
    }
  }
  if (problem && problem.code !== "not-found") throw problem;
  throw new Problem(
    "not-found",
    `No snapshot of ${point} is recorded in ${place.region}`,
    "See: holdfast points.",
  );
}

function compare(recorded: Recorded, found: Artefact | undefined): Check[] {
  if (!found) return [{ what: "exists", recorded: recorded.id, found: "nothing", ok: false }];
  const check = (what: string, was: unknown, is: unknown): Check => ({
    what,
    recorded: String(was ?? "none"),
    found: String(is ?? "none"),
    ok: was === is,
  });
  return [
    check("exists", recorded.arn, found.arn),
    check("status", "available", found.status),
    check("encrypted", recorded.encrypted, found.encrypted),
    check("key", recorded.keyArn, found.keyArn),
    check("size in GiB", recorded.sizeGiB, found.sizeGiB),
    ...Object.entries(recorded.tags).map(([tag, value]) => check(`tag ${tag}`, value, found.tags[tag])),
  ];
}

function lines({ region, artefact, checks, problem }: Checked): string[] {
  if (problem) return [`${region}: not checked: ${problem.message}`];
  return [
    `${region}: ${artefact}`,
    ...checks.map(({ what, recorded, found, ok }) =>
      ok ? `  same   ${what}: ${found}` : `  WRONG  ${what}: recorded ${recorded}, found ${found}`,
    ),
  ];
}
