import { type Bytes, damaged, unproven } from "../bytes.ts";

/** What a zip says of one entry, in front of its data and again in the central directory. */
export type Entry = {
  offset: number;
  name: Buffer;
  flags: number;
  method: number;
  /** MS-DOS time and date as they stand. */
  time: number;
  crc: number;
  compressedBytes: number;
  bytes: number;
};

const wide = 0xffffffff;

/** Reads a local file header (APPNOTE 4.3.7). Throws `Problem` unsupported for what a single pass cannot read. */
export async function readLocalEntry(input: Bytes): Promise<Entry> {
  const offset = input.position;
  const fixed = await input.take(30);
  const name = await input.take(fixed.readUInt16LE(26));
  const extra = await input.take(fixed.readUInt16LE(28));
  const flags = fixed.readUInt16LE(6);
  if (flags & 0x2000) throw unproven("its central directory is encrypted");
  const [bytes, compressedBytes] = widen(extra, [fixed.readUInt32LE(22), fixed.readUInt32LE(18)]) as [
    number,
    number,
  ];
  return {
    offset,
    name,
    flags,
    method: fixed.readUInt16LE(8),
    time: fixed.readUInt32LE(10),
    crc: fixed.readUInt32LE(14),
    compressedBytes,
    bytes,
  };
}

/** Reads one entry of the central directory (APPNOTE 4.3.12). */
export async function readCentralEntry(input: Bytes): Promise<Entry> {
  const fixed = await input.take(46);
  const name = await input.take(fixed.readUInt16LE(28));
  const extra = await input.take(fixed.readUInt16LE(30));
  await input.take(fixed.readUInt16LE(32));
  const sizes = [fixed.readUInt32LE(24), fixed.readUInt32LE(20), fixed.readUInt32LE(42)];
  const [bytes, compressedBytes, offset] = widen(extra, sizes) as [number, number, number];
  return {
    offset,
    name,
    flags: fixed.readUInt16LE(8),
    method: fixed.readUInt16LE(10),
    time: fixed.readUInt32LE(12),
    crc: fixed.readUInt32LE(16),
    compressedBytes,
    bytes,
  };
}

/** Reads what is behind the directory, to the last byte: zip64's end record and its locator, and the end record. */
export async function readEnd(input: Bytes, real: { directoryAt: number; entries: number }): Promise<void> {
  const directoryBytes = input.position - real.directoryAt;
  const wrong = () => damaged("its end record does not match its central directory");
  if ((await input.peek(4)).equals(Buffer.from("PK\x05\x05"))) {
    await input.take((await input.take(6)).readUInt16LE(4));
  }
  const end64At = input.position;
  if ((await input.peek(4)).equals(Buffer.from("PK\x06\x06"))) {
    const end64 = await input.take(56);
    await input.skip(Number(end64.readBigUInt64LE(4)) - 44);
    const said = [24, 32, 40, 48].map((at) => Number(end64.readBigUInt64LE(at)));
    if (said.join() !== [real.entries, real.entries, directoryBytes, real.directoryAt].join()) throw wrong();
    const locator = await input.take(20);
    if (!locator.subarray(0, 4).equals(Buffer.from("PK\x06\x07"))) throw wrong();
    if (Number(locator.readBigUInt64LE(8)) !== end64At) throw wrong();
    if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1) throw wrong();
  }
  const end = await input.take(22);
  const matches = (at: number, width: 2 | 4, value: number) => {
    const said = end.readUIntLE(at, width);
    return (
      said === value ||
      (said === 2 ** (8 * width) - 1 && value >= said) ||
      (input64 && said === 2 ** (8 * width) - 1)
    );
  };
  const input64 = input.position - 22 > end64At;
  if (!end.subarray(0, 4).equals(Buffer.from("PK\x05\x06")))
    throw damaged("it has no end record: it is cut short");
  if (end.readUInt32LE(4) !== 0 && !(input64 && end.readUInt32LE(4) === wide)) throw wrong();
  if (!matches(8, 2, real.entries) || !matches(10, 2, real.entries)) throw wrong();
  if (!matches(12, 4, directoryBytes) || !matches(16, 4, real.directoryAt)) throw wrong();
  await input.take(end.readUInt16LE(20));
  if ((await input.peek(1)).length > 0) throw damaged("there are bytes after its end record");
}

/** Sizes that did not fit into 32 bits stand in the zip64 extra field, in this order (APPNOTE 4.5.3). */
function widen(extra: Buffer, values: number[]): number[] {
  if (!values.includes(wide)) return values;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let from = 0;
    return values.map((value) => {
      if (value !== wide || from + 8 > field.length) return value;
      from += 8;
      return Number(field.readBigUInt64LE(from - 8));
    });
  }
  return values;
}
