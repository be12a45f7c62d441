import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Problem } from "../core/problem.ts";
import { isTar, walkTar } from "./tar.ts";
import { unzstd } from "./zstd.ts";

/** What reading an archive once found out. */
export type Inspection = {
  sizeBytes: number;
  /** Of the whole object, lower-case hex. */
  sha256: string;
  /** Outermost first: "gzip", "tar". Empty for a format that is not known. */
  formats: string[];
  /** Bytes after decompression. */
  contentBytes: number;
  /** What speaks for it: one sentence each. */
  evidence: string[];
  /** Why it is not what it should be; absent if nothing speaks against it. */
  damage?: Problem;
};

/**
 * Beyond this much content an archive may hold at most so many times its own size: more is a decompression bomb,
 * which would only cost time here but fill the disk of whoever restores it.
 */
const bombBytes = 1_073_741_824;
const bombRatio = 200;

/** Which extension promises which format. */
const promises: Record<string, string> = {
  ".gz": "gzip",
  ".tgz": "gzip",
  ".zst": "zstd",
  ".tzst": "zstd",
  ".tar": "tar",
  ".sql": "sql",
};

/**
 * Reads an archive once, in bounded memory: hashes it whole, and checks it as what it is, through its layers of
 * compression. Damage is part of the answer; only the stream's own error is thrown.
 */
export async function inspect(name: string, stream: AsyncIterable<Uint8Array>): Promise<Inspection> {
  const hash = createHash("sha256");
  const found: Inspection = { sizeBytes: 0, sha256: "", formats: [], contentBytes: 0, evidence: [] };
  let readError: unknown;
  const hashed = (async function* () {
    try {
      for await (const chunk of gather(stream, 1_048_576)) {
        hash.update(chunk);
        found.sizeBytes += chunk.length;
        yield chunk;
      }
    } catch (thrown) {
      readError = thrown;
      throw thrown;
    }
  })();
  try {
    await checkLayer(hashed, extensionsOf(name), found);
  } catch (thrown) {
    if (readError) throw readError;
    found.damage = thrown instanceof Problem ? thrown : damagedBy(thrown, found.formats.at(-1));
  }
  // The checks stop at the first damage; the hash is of everything that arrived.
  if (found.damage) for await (const _ of hashed);
  found.sha256 = hash.digest("hex");
  if (found.sizeBytes === 0) found.damage = new Problem("damaged", "it is empty", "Write the archive again.");
  return found;
}

/** Checks one layer and what is in it. `extensions`: what the name promises, outermost first. */
async function checkLayer(
  chunks: AsyncIterable<Buffer>,
  extensions: string[],
  found: Inspection,
): Promise<void> {
  const { first, all } = await peek(chunks);
  const promised = promises[extensions[0] ?? ""];
  const format = formatOf(first, promised);
  if (promised && promised !== format && first.length > 0) {
    throw new Problem(
      "damaged",
      `its name promises ${promised}, and it is ${format ?? "something else"}`,
      "Check the job that writes it.",
    );
  }
  const inner = extensions[0]?.startsWith(".t") && extensions[0] !== ".tar" ? [".tar"] : extensions.slice(1);
  if (format) found.formats.push(format);
  switch (format) {
    case "gzip":
      await checkLayer(held(ungzip(all, found), found), inner, found);
      found.evidence.push("Every gzip member matches its CRC-32 and its length.");
      return;
    case "zstd": {
      let without = 0;
      let frames = 0;
      const count = (hasChecksum: boolean) => {
        frames += 1;
        if (!hasChecksum) without += 1;
      };
      await checkLayer(held(unzstd(all, count), found), inner, found);
      found.evidence.push(
        without === 0
          ? `Each of ${frames} zstd frames matches its checksum.`
          : `${without} of ${frames} zstd frames have no checksum: damage inside them can go unnoticed without a sidecar.`,
      );
      return;
    }
    case "tar": {
      const { members } = await walkTar(all);
      found.evidence.push(`All ${members} members of the tar are there, to its end.`);
      return;
    }
    case "sql":
      await checkSql(all);
      found.evidence.push("The SQL dump ends as its tool ends it.");
      return;
    default:
      for await (const _ of all);
  }
}

function formatOf(first: Buffer, promised: string | undefined): string | undefined {
  if (first.length >= 2 && first[0] === 0x1f && first[1] === 0x8b) return "gzip";
  if (first.length >= 4) {
    const magic = first.readUInt32LE();
    if (magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return "zstd";
  }
  if (isTar(first)) return "tar";
  return promised === "sql" && !first.includes(0) ? "sql" : undefined;
}

/** Node's gunzip reads all members, and stops without a word at what follows the last: the counts tell. */
async function* ungzip(chunks: AsyncIterable<Buffer>, found: Inspection): AsyncGenerator<Buffer> {
  let given = 0;
  const counted = (async function* () {
    for await (const chunk of chunks) {
      given += chunk.length;
      yield chunk;
    }
  })();
  const gunzip = createGunzip({ chunkSize: 256 * 1_024 });
  const input = Readable.from(counted, { objectMode: false, highWaterMark: 1_048_576 });
  input.once("error", (thrown) => gunzip.destroy(thrown));
  yield* input.pipe(gunzip) as AsyncIterable<Buffer>;
  for await (const _ of counted);
  if (gunzip.bytesWritten < given || found.sizeBytes === 0) {
    throw new Problem(
      "damaged",
      `${given - gunzip.bytesWritten} bytes follow the last gzip member`,
      "Write the archive again.",
    );
  }
}

/** Counts content, and holds it to the bounds of a bomb. */
async function* held(chunks: AsyncIterable<Buffer>, found: Inspection): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bombBytes && bytes > bombRatio * found.sizeBytes) {
      throw new Problem(
        "damaged",
        `it unpacks to over ${bombRatio} times its size`,
        "Check that this is the archive that was meant.",
      );
    }
    yield chunk;
  }
  found.contentBytes = bytes;
}

const sqlEndings = [
  /-- PostgreSQL database (cluster )?dump complete\s*$/,
  /-- Dump completed( on [\d :-]+)?\s*$/,
];

async function checkSql(chunks: AsyncIterable<Buffer>): Promise<void> {
  let tail = Buffer.alloc(0);
  for await (const chunk of chunks) tail = Buffer.concat([tail, chunk]).subarray(-512);
  // pg_dump of 2025 and later ends with \unrestrict and a token behind its last comment.
  const text = tail
    .toString("latin1")
    .replace(/(--\s*)?\\unrestrict \w+\s*$/, "")
    .replace(/(\s*--\s*)+$/, "");
  if (sqlEndings.some((ending) => ending.test(text))) return;
  throw new Problem(
    "damaged",
    "the SQL dump does not end as its tool ends it: it was cut short",
    "Write the dump again.",
  );
}

function extensionsOf(name: string): string[] {
  const parts = name.toLowerCase().split("/").at(-1)?.split(".").slice(1) ?? [];
  return parts
    .map((part) => `.${part}`)
    .reverse()
    .filter((extension, index, all) => promises[extension] !== undefined && index === all.indexOf(extension));
}

async function peek(chunks: AsyncIterable<Buffer>): Promise<{ first: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const begun: Buffer[] = [];
  let first = Buffer.alloc(0);
  while (first.length < 512) {
    const next = await iterator.next();
    if (next.done) break;
    begun.push(next.value);
    first = Buffer.concat([first, next.value.subarray(0, 512)]);
  }
  const all = (async function* () {
    yield* begun;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  })();
  return { first, all };
}

/** The SDK's chunks are small; hashing in pieces of a MiB is 1.6 times as fast. */
async function* gather(stream: AsyncIterable<Uint8Array>, pieceBytes: number): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    pieces.push(chunk);
    length += chunk.length;
    if (length < pieceBytes) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

function damagedBy(thrown: unknown, format = "the archive"): Problem {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem(
    "damaged",
    `${format} cannot be read to its end: ${reason}`,
    "Write the archive again.",
    thrown,
  );
}
