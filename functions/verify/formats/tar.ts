import { type Bytes, damaged } from "../bytes.ts";
import type { Reading } from "../reading.ts";

const blockBytes = 512;

/**
 * Reads a tar (POSIX ustar and pax, GNU, v7) to its end: each header's checksum, each entry's data and its padding,
 * the two zero blocks that end an archive, and nothing but zeros after them. tar has no checksum over the data.
 */
export async function readTar(input: Bytes, reading: Reading): Promise<void> {
  let entries = 0;
  let paxSize: number | undefined;
  for (;;) {
    const header = await input.take(blockBytes);
    if (isZero(header)) {
      if (!isZero(await input.take(blockBytes))) throw damaged("its end-of-archive mark is broken");
      break;
    }
    if (!hasTarChecksum(header))
      throw damaged(`the header after its entry ${entries} does not match its checksum`);
    const type = String.fromCharCode(header[156] as number);
    const stored = number(header.subarray(124, 136));
    if (type === "x") {
      paxSize = await readPax(input, stored);
      continue;
    }
    if (type === "S") await skipSparseMap(input, header);
    // A hard link's size is that of the file it names; no data follows (as GNU tar reads it).
    const size = type === "1" ? 0 : (paxSize ?? stored);
    if (type !== "g" && type !== "L" && type !== "K") {
      entries++;
      paxSize = undefined;
    }
    await input.skip(size);
    await readPadding(input, size);
  }
  await input.drain((chunk) => {
    if (!isZero(chunk)) throw damaged("there are bytes after its end-of-archive mark");
  });
  if (input.position % blockBytes !== 0)
    throw damaged("it does not end on a block of 512 bytes: it is cut short");
  if (entries === 0) throw damaged("it holds no entry");
  reading.evidence.push(
    `tar: ${entries} ${entries === 1 ? "entry is" : "entries are"} whole, from the first header to the end-of-archive mark`,
  );
}

/** Whether the block is a tar header: its checksum is the sum of its bytes, with its own field read as spaces. */
export function hasTarChecksum(header: Buffer): boolean {
  if (header.length < blockBytes) return false;
  let sum = 8 * 32;
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += header[at] as number;
  const field = /^[ 0]*([0-7]+)[ \0]/.exec(header.toString("latin1", 148, 156));
  return field !== null && Number.parseInt(field[1] as string, 8) === sum;
}

/** A number as octal digits, or (GNU, star) as big-endian binary behind a byte 0x80. */
function number(field: Buffer): number {
  if ((field[0] as number) & 0x80) return Number(BigInt(`0x${field.toString("hex")}`) & ((1n << 95n) - 1n));
  const octal = /^[ \0]*([0-7]*)[ \0]*$/.exec(field.toString("latin1"));
  if (!octal) throw damaged("a header holds a size that is no number");
  return octal[1] ? Number.parseInt(octal[1], 8) : 0;
}

/** Reads a pax header's records, "<length> <keyword>=<value>\n"; gives the size that it sets, if any. */
async function readPax(input: Bytes, size: number): Promise<number | undefined> {
  if (size > 1024 ** 2) throw damaged("a pax header is longer than any that tar writes");
  const records = await input.take(size);
  await readPadding(input, size);
  let found: number | undefined;
  for (let at = 0; at < size; ) {
    const length = Number(/^(\d{1,7}) /.exec(records.toString("latin1", at, at + 8))?.[1] ?? 0);
    const record = records.toString("latin1", at, at + length);
    if (length < 5 || at + length > size || !record.endsWith("\n") || !record.includes("=")) {
      throw damaged("a pax header is broken");
    }
    const value = / size=(\d{1,15})\n$/.exec(record)?.[1];
    if (value) found = Number(value);
    at += length;
  }
  return found;
}

/** GNU's old sparse files carry more of their map in blocks behind the header, as long as a flag says so. */
async function skipSparseMap(input: Bytes, header: Buffer): Promise<void> {
  let more = header[482] !== 0;
  while (more) more = (await input.take(blockBytes))[504] !== 0;
}

async function readPadding(input: Bytes, size: number): Promise<void> {
  const padding = await input.take((blockBytes - (size % blockBytes)) % blockBytes);
  if (!isZero(padding)) throw damaged("the padding after an entry is not zero");
}

const zeros = Buffer.alloc(65_536);

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (zeros.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}
