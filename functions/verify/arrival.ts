import { parsePointKey, pointKey, pointsOf } from "../catalog/keys.ts";
import type { PointFact } from "../core/fact.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import type { PointId } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import { log } from "../glue.ts";
import type { World } from "../world.ts";
import { endFindings, openFinding } from "./findings.ts";
import { type Inspection, inspect } from "./inspect.ts";
import { type Head, pointOf } from "./point.ts";
import { compareWithSidecars } from "./sidecar.ts";

/** An archive smaller than this part of the median of its predecessors is suspect. */
const suspectRatio = 0.5;

/** So many intact predecessors are looked at; fewer than three say nothing. */
const predecessors = 7;

/**
 * Verifies one archive of a drop: reads it once, checks it, and records what it is or why it is not intact.
 * Repeatable: what is verified already is not read again, unless a person asked (`checkId`). Throws `Problem`
 * only for what may pass: then the queue tries again.
 */
export async function verifyArrival(
  world: World,
  source: ArchivesSource,
  key: string,
  checkId?: string,
): Promise<void> {
  const { catalog, objects, region } = world;
  const head = await objects.head({ bucket: source.bucket, key });
  if (!head) {
    log("gone before it was read", { source: source.name, key });
    return;
  }
  const point = pointOf(key, head);
  if (!checkId && (await facts(world, source, point)).has(`verified-${region}`)) return;
  const archive = archiveFact(source, key, head);
  const at = world.now().toISOString();
  const base = { schema: 1, at, source: source.name, point, region } as const;
  await catalog.recordPoint("available", { ...base, fact: "available", archive });

  const ref = { bucket: source.bucket, key, ...(head.versionId ? { versionId: head.versionId } : {}) };
  const found = await inspect(key, await objects.open(ref));
  const damage = found.damage ?? (await sidecarDamage(world, source, key, found));
  if (damage) {
    await openFinding(world, damageFinding(world, source, key, point, head, damage));
    if (checkId)
      await catalog.recordPoint(`checked-${region}-${checkId}`, {
        ...base,
        fact: "failed",
        archive,
        reason: damage.message,
      });
    return;
  }
  const whole = {
    ...archive,
    sha256: found.sha256,
    formats: found.formats,
    contentBytes: found.contentBytes,
    evidence: evidenceOf(found),
  };
  const verified: PointFact = { ...base, fact: "verified", level: "intact", archive: whole };
  await reportIfSmall(world, source, key, point, head);
  await catalog.recordPoint(`verified-${region}`, verified);
  if (checkId) await catalog.recordPoint(`checked-${region}-${checkId}`, verified);
  const kinds = ["archive-damaged", "archive-suspect", "archive-unverified"] as const;
  await endFindings(
    world,
    source.name,
    [...kinds],
    head.lastModified,
    `A newer archive, "${key}", arrived intact.`,
  );
}

/** What is said when an archive could not be read however often it was tried. */
export async function reportUnverified(
  world: World,
  source: ArchivesSource,
  key: string,
  thrown: unknown,
): Promise<void> {
  const head = await world.objects.head({ bucket: source.bucket, key }).catch(() => undefined);
  const lastModified = head?.lastModified ?? world.now().toISOString();
  const point = pointOf(key, head ?? { lastModified, etag: "" });
  const problem = asProblem(thrown);
  const finding = damageFinding(world, source, key, point, { lastModified }, problem);
  await openFinding(world, {
    ...finding,
    kind: "archive-unverified",
    message: `"${key}" of "${source.name}" could not be verified: ${problem.message}.`,
  });
}

async function sidecarDamage(
  world: World,
  source: ArchivesSource,
  key: string,
  found: Inspection,
): Promise<Problem | undefined> {
  try {
    const said = await compareWithSidecars(world, source.bucket, key, found);
    if (said) found.evidence.push(said);
    return undefined;
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code === "damaged") return problem;
    throw problem;
  }
}

function evidenceOf({ evidence, formats }: Inspection): string[] {
  if (evidence.length > 0) return evidence;
  const unknown = formats.length === 0 ? "Its format is not known" : `Its format is ${formats.join(", ")}`;
  return [`${unknown} and it has no sidecar: proved is only that these are the bytes that arrived.`];
}

function damageFinding(
  { region }: World,
  source: ArchivesSource,
  key: string,
  point: PointId,
  { lastModified }: Pick<Head, "lastModified">,
  damage: Problem,
) {
  return {
    kind: "archive-damaged" as const,
    source: source.name,
    detail: point.slice(-8),
    since: `${lastModified.slice(0, 19)}Z`,
    region,
    message: `The archive "${key}" of "${source.name}" is damaged: ${damage.message}.`,
    fix: damage.fix.slice(0, 70),
  };
}

/** Far smaller than the archives before it: intact, and perhaps of nothing. */
async function reportIfSmall(
  world: World,
  source: ArchivesSource,
  key: string,
  point: PointId,
  head: Head,
): Promise<void> {
  const earlier: PointId[] = [];
  for await (const entry of world.catalog.list(pointsOf(source.name))) {
    const fact = parsePointKey(entry.key);
    if (fact?.name === `verified-${world.region}` && fact.point < point) earlier.push(fact.point);
  }
  const some = earlier.sort().slice(-predecessors);
  if (some.length < 3) return;
  const sizes = await Promise.all(
    some.map(
      async (one) =>
        (await world.catalog.readPoint(pointKey(source.name, one, `verified-${world.region}`))).archive
          ?.sizeBytes ?? 0,
    ),
  );
  const median = sizes.sort((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? 0;
  if (head.sizeBytes >= suspectRatio * median) return;
  await openFinding(world, {
    kind: "archive-suspect",
    source: source.name,
    detail: point.slice(-8),
    since: `${head.lastModified.slice(0, 19)}Z`,
    region: world.region,
    message: `The archive "${key}" of "${source.name}" is intact but has ${head.sizeBytes} bytes; those before it had ${median}.`,
    fix: "Check that the job wrote all it should.",
  });
}

function archiveFact(source: ArchivesSource, key: string, head: Head): NonNullable<PointFact["archive"]> {
  return {
    bucket: source.bucket,
    key,
    sizeBytes: head.sizeBytes,
    ...(head.versionId ? { versionId: head.versionId } : {}),
  };
}

async function facts({ catalog }: World, source: ArchivesSource, point: PointId): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { key } of catalog.list(`${pointsOf(source.name)}${point}/`))
    names.add(parsePointKey(key)?.name ?? "");
  return names;
}
