import { archivePointOf, archivesOf } from "../catalog/keys.ts";
import { type Survey, survey } from "../catalog/survey.ts";
import { type OwnArtefact, ownArtefacts } from "../core/artefacts.ts";
import { decideExpiry, type Existing, type Expiry, keepsArtefacts, placeIn } from "../core/expiry.ts";
import { vaultName } from "../core/names.ts";
import { asProblem, Problem } from "../core/problem.ts";
import type { Observation } from "../core/provider.ts";
import type { PointId } from "../core/slot.ts";
import type { Source, SourceKind } from "../core/source.ts";
import { type Call, log, logProblem } from "../glue.ts";
import type { World } from "../world.ts";
import { settleFindings } from "./findings.ts";
import { type Planned, recordSteps } from "./record.ts";
import { removePoints } from "./remove.ts";

/**
 * One pass of expiry in this region: what no plan keeps is marked, and what was marked an hour ago or more is proved
 * again from scratch and deleted. It may be run at any time and twice at once. Throws `Problem` when the catalogs cannot
 * be read, and, after all the rest was done, the first problem that will not pass by itself.
 */
export async function expire(world: World, call: Pick<Call, "remainingMs">): Promise<void> {
  // Facts are listed before anything is looked at: what the look does not find has really gone.
  const facts = await bothVaults(world);
  const looks = new Map<SourceKind, Promise<Observation | Problem>>();
  const planned: Planned[] = [];
  const findings: Expiry["findings"] = [];
  const judged = new Set<string>();
  for (const source of sourcesOf(world, facts)) {
    const existing = await existingOf(world, source, looks);
    const jobs = source.kind === "archives" ? await facts.jobOf(source.name).catch(asProblem) : undefined;
    if (existing instanceof Problem || jobs instanceof Problem) {
      logProblem(existing instanceof Problem ? existing : jobs, { source: source.name });
      continue;
    }
    const expiry = decideExpiry({
      ...{ environment: world.environment, region: world.region, now: world.now(), source },
      ...{ points: facts.points.get(source.name) ?? [], open: facts.open, reading: facts.reading },
      existing: existing.artefacts,
      ...(jobs ? { jobOf: jobs } : {}),
      ...(facts.otherVault ? { blocked: `the other vault cannot be read: ${facts.otherVault.message}` } : {}),
    });
    findings.push(...expiry.findings);
    if (!facts.otherVault) judged.add(source.name);
    for (const step of expiry.steps) {
      planned.push({ ...step, source, attempts: existing.attempts.get(step.point) ?? [1] });
    }
  }
  await recordSteps(world, planned);
  const problems = await removePoints(world, planned, call);
  await settleFindings(world, facts, findings, judged);
  const count = (wanted: string) => planned.filter(({ step }) => step === wanted).length;
  log("expired", {
    ...{ region: world.region, marked: count("mark"), deleted: count("delete"), waiting: count("wait") },
    ...{ protected: count("protect"), findings: findings.length, failed: problems.length },
  });
  const final = problems.find(({ retryable }) => !retryable);
  if (final) throw final;
}

/** What is declared, and what is declared no longer, by its last plan; of these what has artefacts of ours here. */
function sourcesOf(world: World, { sources }: Survey): Source[] {
  const declared = world.environment.sources;
  const names = new Set(declared.map(({ name }) => name));
  const others = sources.flatMap(({ source }) => (names.has(source.name) ? [] : [source]));
  return [...declared, ...others].filter((source) => keepsArtefacts(source, placeIn(world)));
}

/** Both vaults as one. Without the other one a hold that was put there would not be known: then nothing is deleted. */
async function bothVaults({ catalog, otherCatalog }: World): Promise<Survey & { otherVault?: Problem }> {
  try {
    return await survey([catalog, otherCatalog]);
  } catch (thrown) {
    return { ...(await survey([catalog])), otherVault: asProblem(thrown) };
  }
}

type ExistingOf = { artefacts: Map<PointId, Existing>; attempts: Map<PointId, number[]> };

/** What exists here of a source's points, and which attempts. */
async function existingOf(
  world: World,
  source: Source,
  looks: Map<SourceKind, Promise<Observation | Problem>>,
): Promise<ExistingOf | Problem> {
  if (source.kind === "archives") return existingCopies(world, source.name).catch(asProblem);
  const look = looks.get(source.kind) ?? world.providers[source.kind].observe().catch(asProblem);
  looks.set(source.kind, look);
  const seen = await look;
  if (seen instanceof Problem) return seen;
  const found: ExistingOf = { artefacts: new Map(), attempts: new Map() };
  for (const [point, own] of ownArtefacts(world.environment, seen.artefacts).bySource.get(source.name) ??
    []) {
    const statuses = new Set(own.map(({ artefact }) => artefact.status));
    const failed = statuses.size === 1 && statuses.has("failed");
    found.artefacts.set(point, statuses.has("available") ? "available" : failed ? "failed" : "other");
    // What can be restored goes last: a pass that is cut off then leaves the point as it was.
    const order = own.toSorted((a, b) => usable(a) - usable(b));
    found.attempts.set(
      point,
      order.map(({ attempt }) => attempt),
    );
  }
  return found;
}

function usable({ artefact }: OwnArtefact): number {
  return artefact.status === "available" ? 1 : 0;
}

async function existingCopies({ environment, objects, region }: World, source: string): Promise<ExistingOf> {
  const artefacts: ExistingOf["artefacts"] = new Map();
  const bucket = vaultName(environment, region);
  for await (const { key } of objects.list({ bucket, prefix: archivesOf(source) })) {
    const point = archivePointOf(key);
    if (point) artefacts.set(point, "available");
  }
  return { artefacts, attempts: new Map() };
}
