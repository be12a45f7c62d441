import { damaged } from "../bytes.ts";
import type { Bits } from "./bzip2.ts";

const maxCodeBits = 20;
const outputChunkBytes = 1024 ** 2;

/** A Huffman code in the canonical form: by length, the first code past it and where its symbols begin. */
type Code = { limit: Int32Array; base: Int32Array; symbols: Uint16Array; least: number };

/** One block, undone as far as the Burrows-Wheeler transform: its bytes follow from there. */
export type Block = { chunks(): Generator<Buffer>; crc(): number };

/** Reads one block behind its CRC. `links`: work space as long as the stream's level allows. Throws `Problem` damaged. */
export function readBlock(bits: Bits, links: Int32Array): Block {
  if (bits.read(1)) throw damaged("it uses a form of bzip2 that was given up in 1997");
  const origin = bits.read(24);
  const used = readUsedBytes(bits);
  const codes = bits.read(3);
  const groups = bits.read(15);
  if (codes < 2 || codes > 6 || groups < 1 || used.length === 0) throw broken();
  const selectors = readSelectors(bits, codes, groups);
  const tables = Array.from({ length: codes }, () => readCode(bits, used.length + 2));

  const order = Uint8Array.from(used);
  const counts = new Int32Array(256);
  const end = used.length + 1;
  let length = 0;
  let run = 0;
  let runBit = 1;
  for (let group = 0; ; group++) {
    if (group >= groups) throw broken();
    const code = tables[selectors[group] as number] as Code;
    for (let symbols = 0; symbols < 50; symbols++) {
      const symbol = readSymbol(bits, code);
      if (symbol < 2) {
        // Runs are written in binary with the digits 1 and 2; none can be longer than the block.
        run += runBit << symbol;
        runBit <<= 1;
        if (run > links.length) throw broken();
        continue;
      }
      if (run > 0) {
        if (length + run > links.length) throw broken();
        const byte = order[0] as number;
        links.fill(byte, length, length + run);
        counts[byte] = (counts[byte] as number) + run;
        length += run;
        run = 0;
        runBit = 1;
      }
      if (symbol === end) {
        if (origin >= length) throw broken();
        return unsort(links, counts, length, origin);
      }
      if (length >= links.length) throw broken();
      const byte = order[symbol - 1] as number;
      order.copyWithin(1, 0, symbol - 1);
      order[0] = byte;
      counts[byte] = (counts[byte] as number) + 1;
      links[length++] = byte;
    }
  }
}

/** Undoes the Burrows-Wheeler transform, then the run-length code in front of it, in chunks. */
function unsort(links: Int32Array, counts: Int32Array, length: number, origin: number): Block {
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    sum += counts[byte] as number;
    counts[byte] = sum - (counts[byte] as number);
  }
  // The low byte of a link is a byte of the content, the rest the place of the one after it.
  for (let at = 0; at < length; at++) {
    const byte = (links[at] as number) & 0xff;
    const to = counts[byte] as number;
    counts[byte] = to + 1;
    links[to] = (links[to] as number) | (at << 8);
  }
  let crc = 0xffffffff;
  function* chunks(): Generator<Buffer> {
    let output = Buffer.allocUnsafe(outputChunkBytes);
    let filled = 0;
    let link = links[origin] as number;
    let previous = -1;
    let same = 0;
    for (let left = length; left > 0; left--) {
      link = links[link >>> 8] as number;
      const byte = link & 0xff;
      // Four equal bytes are followed by how many more of them there are.
      const repeat = same === 4;
      const times = repeat ? byte : 1;
      const value = repeat ? previous : byte;
      if (repeat) same = 0;
      else if (byte === previous) same++;
      else same = 1;
      previous = repeat ? -1 : byte;
      for (let time = 0; time < times; time++) {
        crc = (crc << 8) ^ (crcTable[(crc >>> 24) ^ value] as number);
        output[filled++] = value;
        if (filled < outputChunkBytes) continue;
        yield output;
        output = Buffer.allocUnsafe(outputChunkBytes);
        filled = 0;
      }
    }
    if (filled > 0) yield output.subarray(0, filled);
  }
  return { chunks, crc: () => ~crc >>> 0 };
}

function readUsedBytes(bits: Bits): number[] {
  const used: number[] = [];
  const ranges = bits.read(16);
  for (let range = 0; range < 16; range++) {
    if (!(ranges & (0x8000 >>> range))) continue;
    const members = bits.read(16);
    for (let member = 0; member < 16; member++)
      if (members & (0x8000 >>> member)) used.push(16 * range + member);
  }
  return used;
}

function readSelectors(bits: Bits, codes: number, groups: number): Uint8Array {
  const order = Uint8Array.from({ length: codes }, (_, index) => index);
  const selectors = new Uint8Array(groups);
  for (let group = 0; group < groups; group++) {
    let place = 0;
    while (bits.read(1)) if (++place >= codes) throw broken();
    const code = order[place] as number;
    order.copyWithin(1, 0, place);
    order[0] = code;
    selectors[group] = code;
  }
  return selectors;
}

function readCode(bits: Bits, count: number): Code {
  const lengths = new Uint8Array(count);
  let length = bits.read(5);
  for (let symbol = 0; symbol < count; symbol++) {
    for (;;) {
      if (length < 1 || length > maxCodeBits) throw broken();
      if (!bits.read(1)) break;
      length += bits.read(1) ? -1 : 1;
    }
    lengths[symbol] = length;
  }
  const limit = new Int32Array(maxCodeBits + 1);
  const base = new Int32Array(maxCodeBits + 1);
  const symbols = new Uint16Array(count);
  let code = 0;
  let index = 0;
  for (let size = 1; size <= maxCodeBits; size++) {
    const first = index;
    base[size] = first - code;
    for (let symbol = 0; symbol < count; symbol++) if (lengths[symbol] === size) symbols[index++] = symbol;
    code += index - first;
    limit[size] = code;
    code <<= 1;
  }
  return { limit, base, symbols, least: Math.min(...lengths) };
}

function readSymbol(bits: Bits, { limit, base, symbols, least }: Code): number {
  let code = bits.read(least);
  for (let size = least; ; ) {
    if (code < (limit[size] as number)) {
      const symbol = symbols[code + (base[size] as number)];
      if (symbol === undefined) throw broken();
      return symbol;
    }
    if (++size > maxCodeBits) throw broken();
    code = (code << 1) | bits.read(1);
  }
}

function broken() {
  return damaged("a bzip2 block is broken");
}

/** CRC-32 as bzip2 uses it: the polynomial of gzip's, highest bit first. */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});
