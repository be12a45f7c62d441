import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { link, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Problem } from "../functions/core/problem.ts";
import type { RestoreRequest } from "../functions/core/restore.ts";
import type { Source } from "../functions/core/source.ts";
import { chooseArchive } from "../functions/restore/archive-plan.ts";
import type { House } from "./house.ts";
import type { Io, Options, Outcome } from "./verb.ts";

/**
 * Brings an intact archive into a folder of this machine, and gives it its name only when its SHA-256 is the one that was
 * verified. Nothing that is there is overwritten.
 */
export async function downloadArchive(
  source: Source,
  request: RestoreRequest,
  { to = "", as, dryRun }: Options,
  { world, region }: House,
  io: Io,
): Promise<Outcome> {
  if (source.kind !== "archives" || as !== undefined)
    throw new Problem("invalid", "--to is for archives, and without --as", "Write --as <name> in its place.");
  const archive = await chooseArchive(world, source, request);
  const file = join(to, fileNameOf(archive.key));
  const json = { source: source.name, point: archive.point, region, file, sha256: archive.sha256 };
  if (dryRun)
    return {
      json: { ...json, dryRun: true },
      text: [`${place(archive.from)} would come to ${file}.`],
      exitCode: 0,
    };
  await mkdir(to, { recursive: true });
  const partial = `${file}.${process.pid}.part`;
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    io.tell(`Reading ${place(archive.from)}, ${archive.sizeBytes} bytes.`);
    const counted = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    await pipeline(
      await world.objects.open(archive.from),
      counted,
      createWriteStream(partial, { flags: "wx" }),
    );
    const sha256 = hash.digest("hex");
    if (sha256 !== archive.sha256)
      throw new Problem(
        "damaged",
        `What was read has the SHA-256 ${sha256}, and ${archive.sha256} was verified`,
        "Try again; if it stays so, take another point or another region.",
      );
    // A link is refused where there is a file already; a rename would replace it.
    await link(partial, file);
  } catch (thrown) {
    throw asFileProblem(thrown, file);
  } finally {
    await rm(partial, { force: true });
  }
  return {
    json: { ...json, bytes },
    text: [`${file} is ${archive.point} of "${source.name}": ${bytes} bytes, SHA-256 as verified.`],
    exitCode: 0,
  };
}

/** The last part of a key, if that can be a file's name. */
function fileNameOf(key: string): string {
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (name !== "" && name !== "." && name !== ".." && !/[\\\0]/.test(name)) return name;
  const fix = "Restore it into a bucket: --as <bucket>.";
  throw new Problem("unsupported", `The key "${key}" gives no name to a file`, fix);
}

function asFileProblem(thrown: unknown, file: string): unknown {
  const { code, message } = thrown as { code?: string; message: string };
  if (thrown instanceof Problem || code === undefined) return thrown;
  if (code === "EEXIST")
    return new Problem("conflict", `There is a file ${file} already`, "Move it away, or write another --to.");
  return new Problem("unavailable", `${file} could not be written: ${message}`, "Mend that, and try again.");
}

function place({ bucket, key }: { bucket: string; key: string }): string {
  return `s3://${bucket}/${key}`;
}
