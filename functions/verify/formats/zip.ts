import { hash } from "node:crypto";
import { crc32, createInflateRaw } from "node:zlib";
import { Bytes, damaged, unproven } from "../bytes.ts";
import { decompress } from "../decompress.ts";
import type { Reading } from "../reading.ts";
import { type Entry, readCentralEntry, readEnd, readLocalEntry } from "./zip-records.ts";

/** What is known of the entries that were read, in the little memory that a million entries may take. */
class Tally {
  entries = 0;
  unread = 0;
  #sum = 0n;

  /**
   * Adds an entry to a sum over all entries that does not depend on their order: the central directory may have
   * another order than the data. Two sums are equal only if the same entries went into them.
   */
  add({ offset, name, flags, method, time, crc, compressedBytes, bytes }: Entry): void {
    const said = [
      offset,
      name.toString("hex"),
      flags & 0x801,
      method,
      time,
      crc,
      compressedBytes,
      bytes,
    ].join();
    this.#sum += BigInt(`0x${hash("sha256", said, "hex")}`);
    this.entries++;
  }

  matches(other: Tally): boolean {
    return this.#sum === other.#sum && this.entries === other.entries;
  }
}

/**
 * Reads a zip (APPNOTE 6.3, with zip64) once from front to back: inflates every entry and compares its CRC-32 and
 * length, then holds the central directory to the entries, and the end record to the directory.
 */
export async function readZip(input: Bytes, reading: Reading): Promise<void> {
  reading.layer();
  const found = new Tally();
  while ((await signature(input)) === 0x04034b50) await readEntry(input, found, reading);
  const directoryAt = input.position;
  const listed = new Tally();
  while ((await signature(input)) === 0x02014b50) listed.add(await readCentralEntry(input));
  if (!found.matches(listed)) throw damaged("its central directory does not list the entries that are in it");
  await readEnd(input, { directoryAt, entries: found.entries });
  if (found.entries === 0) throw damaged("it holds no entry");
  const proved = found.entries - found.unread;
  reading.evidence.push(
    `zip: the CRC-32 of ${proved} of ${found.entries} entries matches, and so does the directory`,
  );
  if (found.unread > 0) {
    reading.doubts.push(
      `${found.unread} of its ${found.entries} entries are encrypted or packed in a rare way`,
    );
  }
}

async function signature(input: Bytes): Promise<number> {
  const start = await input.peek(4);
  return start.length < 4 ? 0 : start.readUInt32LE(0);
}

async function readEntry(input: Bytes, found: Tally, reading: Reading): Promise<void> {
  const entry = await readLocalEntry(input);
  const readable = (entry.method === 0 || entry.method === 8) && (entry.flags & 1) === 0;
  const sizeFollows = (entry.flags & 8) !== 0;
  const dataAt = input.position;
  const content = await readContent(input, entry, reading);
  const compressedBytes = input.position - dataAt;
  // What cannot be unpacked can only be believed.
  const real = { compressedBytes, ...(readable ? content : { crc: entry.crc, bytes: entry.bytes }) };
  const said = sizeFollows ? await readDescriptor(input, real, !readable) : entry;
  if (readable && (said.crc !== real.crc || said.bytes !== real.bytes)) {
    throw damaged(`its entry ${found.entries + 1} does not match its CRC-32 or its length`);
  }
  if (!readable) found.unread++;
  found.add({ ...entry, crc: said.crc, bytes: said.bytes, compressedBytes });
}

/** Reads an entry's data; gives the CRC-32 and length of what comes out of it, which mean nothing if it is encrypted. */
async function readContent(
  input: Bytes,
  { flags, method, compressedBytes, bytes: expected }: Entry,
  reading: Reading,
): Promise<{ crc: number; bytes: number }> {
  let crc = 0;
  let bytes = 0;
  const see = (chunk: Buffer) => {
    crc = crc32(chunk, crc);
    bytes += chunk.length;
    reading.count(chunk.length);
  };
  const sizeFollows = (flags & 8) !== 0;
  if (method === 8 && !(flags & 1)) {
    const data = sizeFollows ? input : new Bytes(input.slice(compressedBytes));
    const chunkSize = sizeFollows ? maxChunkBytes : Math.min(maxChunkBytes, Math.max(64, expected));
    for await (const chunk of decompress(data, createInflateRaw({ chunkSize }))) see(chunk);
    if (!sizeFollows && (await data.chunk())) throw damaged("an entry's data goes on after its end");
  } else if (sizeFollows && compressedBytes === 0 && (await signature(input)) !== 0x08074b50) {
    throw unproven("an entry that is not deflated, or is encrypted, does not say in front how long it is");
  } else {
    await input.skip(compressedBytes, see);
  }
  return { crc, bytes };
}

const maxChunkBytes = 1024 ** 2;

type Measures = { crc: number; compressedBytes: number; bytes: number };

/**
 * Reads the record behind data whose size was not known in advance. It may or may not have a signature and 64-bit
 * sizes, and says neither (APPNOTE 4.3.9): the form that repeats what was measured is the one.
 */
async function readDescriptor(input: Bytes, measured: Measures, trusting: boolean): Promise<Measures> {
  const start = await input.peek(24);
  const signed = start.length >= 4 && start.readUInt32LE(0) === 0x08074b50;
  for (const at of signed ? [4, 0] : [0]) {
    for (const width of [4, 8]) {
      if (start.length < at + 4 + 2 * width) continue;
      const size = (from: number) =>
        width === 4 ? start.readUInt32LE(from) : Number(start.readBigUInt64LE(from));
      const said = {
        crc: start.readUInt32LE(at),
        compressedBytes: size(at + 4),
        bytes: size(at + 4 + width),
      };
      const matches = trusting
        ? said.compressedBytes === measured.compressedBytes
        : said.crc === measured.crc &&
          said.bytes === measured.bytes &&
          said.compressedBytes === measured.compressedBytes;
      if (!matches) continue;
      await input.take(at + 4 + 2 * width);
      return said;
    }
  }
  throw damaged("an entry does not match the CRC-32 or the length behind it");
}
