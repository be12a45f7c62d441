import { createHash } from "node:crypto";
import { asProblem, Problem } from "../core/problem.ts";
import { ahead, Bytes } from "./bytes.ts";
import { promisedBy, readLayer } from "./formats/formats.ts";
import { countGarbage } from "./garbage.ts";
import { type bombLimits, Reading } from "./reading.ts";

/** What reading an archive once found out. */
export type Inspection = {
  sizeBytes: number;
  /** Of the whole object, lower-case hex. */
  sha256: string;
  /** Outermost first: "gzip", "tar". Empty for a format that is not known. */
  formats: string[];
  /** Bytes after decompression, where there is any. */
  contentBytes?: number;
  /** What speaks for it: one sentence each. */
  evidence: string[];
  /** What could not be proved of a format that is known: one sentence each. */
  doubts: string[];
  /** Why it is not what it should be; absent if nothing speaks against it. */
  damage?: Problem;
};

/**
 * Reads an archive once, in bounded memory: hashes it whole, and checks it as what it is, through its layers of
 * compression. Damage is part of the answer; only the stream's own error is thrown.
 */
export async function inspect(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  limits?: typeof bombLimits,
): Promise<Inspection> {
  const hash = createHash("sha256");
  const reading = new Reading(limits);
  let broken: { error: unknown } | undefined;
  const hashed = (async function* () {
    try {
      for await (const chunk of stream) {
        hash.update(chunk);
        reading.sizeBytes += chunk.length;
        countGarbage(chunk.length);
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      }
    } catch (error) {
      broken = { error };
      throw error;
    }
  })();
  const input = new Bytes(ahead(gathered(hashed)));
  let damage: Problem | undefined;
  try {
    await readLayer(input, promisedBy(name), reading);
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code === "unsupported") reading.doubts.push(problem.message);
    else damage = problem;
  }
  // The checks stop at the first damage; the hash is of everything that arrived.
  if (!broken) await input.drain().catch(() => {});
  if (broken) throw broken.error;
  if (reading.sizeBytes === 0)
    damage = new Problem("damaged", "it is empty", "Find out why its producer wrote nothing.");
  return {
    sizeBytes: reading.sizeBytes,
    sha256: hash.digest("hex"),
    formats: reading.formats,
    evidence: reading.evidence,
    doubts: reading.doubts,
    ...(reading.contentBytes === undefined ? {} : { contentBytes: reading.contentBytes }),
    ...(damage ? { damage } : {}),
  };
}

/**
 * Pieces that are worth a decompressor's turn on its thread: 64 KiB, as they come from the network, take a third longer
 * than 256 KiB do; 1 MiB is no faster and holds more memory.
 */
const pieceBytes = 256 * 1024;

async function* gathered(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
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
