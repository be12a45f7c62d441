import { crc32, createInflateRaw } from "node:zlib";
import { type Bytes, damaged } from "../bytes.ts";
import { decompress } from "../decompress.ts";
import type { Reading } from "../reading.ts";

const outputChunkBytes = 1024 ** 2;

/** Decompresses gzip (RFC 1952), all members, proving each by its CRC-32 and length; anything after them is damage. */
export async function* gunzip(input: Bytes, reading: Reading): AsyncGenerator<Buffer> {
  let members = 0;
  do {
    await readHeader(input, members);
    let crc = 0;
    let length = 0;
    for await (const chunk of decompress(input, createInflateRaw({ chunkSize: outputChunkBytes }))) {
      crc = crc32(chunk, crc);
      length += chunk.length;
      yield chunk;
    }
    const trailer = await input.take(8);
    if (trailer.readUInt32LE(0) !== crc)
      throw damaged("its gzip checksum (CRC-32) does not match its content");
    if (trailer.readUInt32LE(4) !== length % 2 ** 32)
      throw damaged("its gzip length does not match its content");
    members++;
  } while ((await input.peek(1)).length > 0);
  reading.evidence.push(`gzip: every byte of its content matches the CRC-32 of ${count(members)}`);
}

const magic = Buffer.from([0x1f, 0x8b]);

async function readHeader(input: Bytes, members: number): Promise<void> {
  if (!(await input.peek(2)).equals(magic)) {
    throw damaged(members ? "there are bytes after its last gzip member" : "it does not begin as gzip");
  }
  const fixed = await input.take(10);
  const [method, flags, extraFlags, system] = [
    fixed[2],
    fixed[3] as number,
    fixed[8] as number,
    fixed[9] as number,
  ];
  // RFC 1952 names XFL 2 and 4 and systems 0 to 13 and 255; reserved flags must be zero.
  if (method !== 8 || flags & 0xe0 || ![0, 2, 4].includes(extraFlags) || (system > 13 && system !== 255)) {
    throw damaged("its gzip header is none that gzip writes");
  }
  const parts = [fixed];
  if (flags & 4) {
    const length = await input.take(2);
    parts.push(length, await input.take(length.readUInt16LE(0)));
  }
  if (flags & 8) parts.push(await text(input));
  if (flags & 16) parts.push(await text(input));
  if (flags & 2) {
    const sum = (await input.take(2)).readUInt16LE(0);
    if (sum !== (crc32(Buffer.concat(parts)) & 0xffff))
      throw damaged("its gzip header checksum does not match");
  }
}

/** A text that ends with a zero byte: a file name or a comment, at most 64 KiB. */
async function text(input: Bytes): Promise<Buffer> {
  const seen = await input.peek(65_536);
  const end = seen.indexOf(0);
  if (end < 0) throw damaged("its gzip header has no end");
  return input.take(end + 1);
}

function count(members: number): string {
  return members === 1 ? "its member" : `its ${members} members`;
}
