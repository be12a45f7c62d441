import { pointKey, pointsOf } from "../functions/catalog/keys.ts";
import { readPoints } from "../functions/catalog/read-points.ts";
import type { PointFact } from "../functions/core/fact.ts";
import { Problem, problemCodes } from "../functions/core/problem.ts";
import { pointIdPattern } from "../functions/core/slot.ts";
import type { ArchivesSource } from "../functions/core/source.ts";
import type { House } from "./house.ts";
import type { Io, Options, Outcome } from "./verb.ts";

const pollMs = 2_000;

/** Has an archive of the drop read and checked again, whatever the catalog says, and waits for the outcome. */
export async function verifyArchive(
  source: ArchivesSource,
  what: string,
  house: House,
  { timeoutSeconds }: Options,
  io: Io,
): Promise<Outcome> {
  const { primaryRegion } = house.environment;
  if (house.region !== primaryRegion) {
    const fix = `Copies in ${house.region} were read and compared when they were made: holdfast points ${source.name}`;
    throw new Problem("unavailable", `The drop is in ${primaryRegion}, which does not answer`, fix);
  }
  const key = pointIdPattern.test(what) ? await keyOf(source, what, house) : what;
  const bucket = source.bucket;
  if (!(await house.world.objects.head({ bucket, key }))) {
    const fix = "Its copy is in the recovery region's vault, under archives/.";
    throw new Problem("not-found", `There is no "${key}" in s3://${bucket} now`, fix);
  }
  const checkId = String(io.now().getTime());
  await house.world.publish("Archive Verification Requested", { source: source.name, key, checkId });
  io.tell(`Asked for "${key}" to be read again.`);
  const fact = await outcomeOf(source, checkId, house, io.now().getTime() + timeoutSeconds * 1_000, io);
  return report(source, { what, key }, fact);
}

async function keyOf(source: ArchivesSource, point: string, { world }: House): Promise<string> {
  const { archive } = await world.catalog.readPoint(pointKey(source.name, point, "available"));
  if (archive) return archive.key;
  throw new Problem(
    "damaged",
    `The fact of ${point} names no archive`,
    "Give the archive's key in its place.",
  );
}

async function outcomeOf(
  source: ArchivesSource,
  checkId: string,
  house: House,
  endMs: number,
  io: Io,
): Promise<PointFact> {
  const name = `checked-${house.environment.primaryRegion}-${checkId}` as const;
  for (;;) {
    const points = (await readPoints(house.world.catalog, pointsOf(source.name))).get(source.name) ?? [];
    const checked = points.find(({ facts }) => facts.has(name));
    if (checked) return house.world.catalog.readPoint(pointKey(source.name, checked.point, name));
    if (io.now().getTime() >= endMs) {
      const fix = "Look at the verify function's log and its dead-letter queue.";
      throw new Problem("unavailable", "The archive was not checked in time", fix);
    }
    await io.wait(pollMs);
  }
}

function report(
  source: ArchivesSource,
  { what, key }: { what: string; key: string },
  { fact, point, archive, reason }: PointFact,
): Outcome {
  const intact = fact === "verified";
  const because = intact ? (archive?.evidence ?? []) : [reason ?? "no reason was recorded"];
  const other =
    what !== key && what !== point ? [`  The key holds a newer archive than ${what}: ${point}`] : [];
  return {
    json: { source: source.name, key, point, intact, because, archive, restorable: "not proved" },
    text: [
      `${key}: ${intact ? "intact" : "NOT intact"}`,
      ...other,
      ...because.map((sentence) => `  ${sentence}`),
      ...(archive?.sha256 ? [`  SHA-256 ${archive.sha256}, ${archive.sizeBytes} bytes`] : []),
      ...(intact ? ["Not proved: that what is in it can be used. Restore it into a folder and try."] : []),
    ],
    exitCode: intact ? 0 : problemCodes.damaged.exitCode,
  };
}
