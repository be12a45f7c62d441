import type { Readable } from "node:stream";
import { parsePointKey, pointKey, pointsOf } from "../catalog/keys.ts";
import type { PointFact } from "../core/fact.ts";
import type { Finding } from "../core/finding.ts";
import { asProblem, Problem } from "../core/problem.ts";
import type { PointId } from "../core/slot.ts";
import type { ArchivesSource } from "../core/source.ts";
import { type Call, log } from "../glue.ts";
import { endFindings, openFinding } from "../passes/findings.ts";
import type { World } from "../world.ts";
import { type Inspection, inspect } from "./inspect.ts";
import { familyOf, type Head, pointOf } from "./point.ts";
import { holdTo, promisedDigest } from "./sidecar.ts";
import { suspicion } from "./suspect.ts";

/** Reading stops this long before Lambda ends the invocation, so that there is time to say so. */
const marginMs = 20_000;

/**
 * Verifies one archive of a drop: reads it once, checks it, and records what it is or why it is not intact.
 * Repeatable: what is verified already is not read again, unless somebody asked for it (`checkId`). A read that fails
 * for now throws `Problem`, so that the queue tries again; on the last try it is a finding too.
 */
export async function verifyArrival(
  world: World,
  source: ArchivesSource,
  key: string,
  call: Call,
  checkId?: string,
): Promise<void> {
  const head = await world.objects.head({ bucket: source.bucket, key });
  if (!head) return log("gone before it was read", { source: source.name, key });
  const arrival = { source, key, head, point: pointOf(key, head) };
  if (!checkId && (await factNames(world, arrival)).has(`verified-${world.region}`)) return;
  try {
    await readAndRecord(world, arrival, call, checkId);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (call.lastTry || !problem.retryable) {
      const message = `"${key}" of "${source.name}" could not be verified: ${problem.message}.`;
      await openFinding(
        world,
        findingAbout(world, arrival, "archive-unverified", message, problem.fix),
        true,
      );
    }
    throw problem;
  }
}

/** A sidecar came: an archive that is verified already is read again if the two differ; others are verified with it. */
export async function compareAgain(
  world: World,
  source: ArchivesSource,
  key: string,
  call: Call,
): Promise<void> {
  const { catalog, objects, region } = world;
  const head = await objects.head({ bucket: source.bucket, key });
  if (!head) return;
  const point = pointOf(key, head);
  const verified = `verified-${region}` as const;
  if (!(await factNames(world, { source, point })).has(verified))
    return verifyArrival(world, source, key, call);
  const { archive } = await catalog.readPoint(pointKey(source.name, point, verified));
  const agrees = await promisedDigest(world, source.bucket, key).then(
    (promised) => promised?.sha256 === archive?.sha256,
    () => false,
  );
  if (!agrees) await verifyArrival(world, source, key, call, String(world.now().getTime()));
}

type Arrival = { source: ArchivesSource; key: string; head: Head; point: PointId };

async function readAndRecord(
  world: World,
  arrival: Arrival,
  call: Call,
  checkId: string | undefined,
): Promise<void> {
  const { catalog, objects, region } = world;
  const { source, key, head, point } = arrival;
  const version = head.versionId ? { versionId: head.versionId } : {};
  const ref = { bucket: source.bucket, key, ...version };
  const archive = { ...ref, sizeBytes: head.sizeBytes };
  const base = { schema: 1, at: world.now().toISOString(), source: source.name, point, region } as const;
  await catalog.recordPoint("available", { ...base, fact: "available", archive });

  const found = await inspect(key, timed(await objects.open(ref), head.sizeBytes, call));
  const { damage, proved } = await compare(world, arrival, found);
  const whole = { ...archive, ...described(found) };
  const doubt = damage ?? (found.doubts.length > 0 && !proved ? found.doubts.join("; ") : undefined);
  if (doubt !== undefined) {
    const reason = doubt instanceof Problem ? doubt.message : `it is not proved: ${doubt}`;
    const kind = doubt instanceof Problem ? "archive-damaged" : "archive-suspect";
    const fix =
      doubt instanceof Problem ? doubt.fix : "Put <name>.sha256 beside it; it is compared with that.";
    const message = `The archive "${key}" of "${source.name}" is ${damage ? "damaged" : "in doubt"}: ${reason}.`;
    await openFinding(world, findingAbout(world, arrival, kind, message, fix), checkId !== undefined);
    if (!checkId) return;
    const failed: PointFact = { ...base, fact: "failed", archive: whole, reason };
    await catalog.recordPoint(`checked-${region}-${checkId}`, failed);
    return;
  }
  const strange = await suspicion(world, source.name, point, whole);
  if (strange) {
    const message = `The archive "${key}" of "${source.name}" is intact, but ${strange}.`;
    const fix = "Check that the job wrote all it should.";
    await openFinding(world, findingAbout(world, arrival, "archive-suspect", message, fix));
  }
  const verified: PointFact = { ...base, fact: "verified", level: "intact", archive: whole };
  await catalog.recordPoint(`verified-${region}`, verified);
  if (checkId) await catalog.recordPoint(`checked-${region}-${checkId}`, verified);
  const over: Finding["kind"][] = ["archive-damaged", "archive-unverified"];
  if (!strange) over.push("archive-suspect");
  const family = familyOf(key);
  await endFindings(
    world,
    source.name,
    over,
    ({ detail, since }) =>
      detail.endsWith(`-${family}`) && Date.parse(since) <= Date.parse(head.lastModified),
    `"${key}" arrived intact.`,
  );
}

/** Holds what was read to the sidecars; a sidecar that agrees proves what the format alone could not. */
async function compare(
  world: World,
  { source, key }: Arrival,
  found: Inspection,
): Promise<{ damage?: Problem; proved: boolean }> {
  if (found.damage) return { damage: found.damage, proved: false };
  try {
    const promised = await promisedDigest(world, source.bucket, key);
    if (promised) found.evidence.push(holdTo(promised, found.sha256));
    return { proved: promised !== undefined };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code === "damaged") return { damage: problem, proved: false };
    throw problem;
  }
}

/** What goes into the facts. */
function described({ sha256, formats, contentBytes, evidence }: Inspection) {
  const unknown =
    "Its format is not known and it has no sidecar: proved is only that these are the bytes that arrived.";
  const content = contentBytes === undefined ? {} : { contentBytes };
  return { sha256, formats, ...content, evidence: evidence.length > 0 ? evidence : [unknown] };
}

/** The stream, as long as there is time; what ends early or breaks off was not read and may be tried again. */
async function* timed(stream: Readable, sizeBytes: number, call: Call): AsyncGenerator<Uint8Array> {
  const again = "It is tried again; if it stays so, look at S3 and at the function's time.";
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (call.remainingMs() < marginMs) {
        throw new Problem(
          "unavailable",
          `only ${bytes} of its ${sizeBytes} bytes could be read in time`,
          again,
        );
      }
      yield chunk;
    }
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw new Problem(
      "unavailable",
      `reading it broke off after ${bytes} of ${sizeBytes} bytes`,
      again,
      thrown,
    );
  }
  if (bytes !== sizeBytes) {
    throw new Problem("unavailable", `S3 gave ${bytes} of its ${sizeBytes} bytes`, again);
  }
}

function findingAbout(
  { region }: World,
  { source, key, head, point }: Arrival,
  kind: Finding["kind"],
  message: string,
  fix: string,
): Finding {
  const detail = `${point.slice(-8)}-${familyOf(key)}`;
  const since = `${head.lastModified.slice(0, 19)}Z`;
  return { kind, source: source.name, detail, since, region, message, fix: fix.slice(0, 70) };
}

async function factNames(
  { catalog }: World,
  { source, point }: Pick<Arrival, "source" | "point">,
): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { key } of catalog.list(`${pointsOf(source.name)}${point}/`)) {
    names.add(parsePointKey(key)?.name ?? "");
  }
  return names;
}
