import { type Bytes, damaged, endsEarly } from "../bytes.ts";
import type { Reading } from "../reading.ts";
import { readBlock } from "./bzip2-block.ts";

/** What one block can take at most: 900,000 symbols of up to 20 bits, behind its tables. */
const maxBlockBytes = 2_400_000;

/** Reads bits, highest first. */
export class Bits {
  readonly #input: Bytes;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(input: Bytes) {
    this.#input = input;
  }

  /** Has a whole block's bytes in memory, so that reading it need not wait. False at the end of the input. */
  async fill(): Promise<boolean> {
    const left = this.#chunk.subarray(this.#at);
    if (left.length < maxBlockBytes) {
      const parts = [left];
      for (let bytes = left.length; bytes < 2 * maxBlockBytes; ) {
        const chunk = await this.#input.chunk(maxBlockBytes);
        if (!chunk) break;
        parts.push(chunk);
        bytes += chunk.length;
      }
      this.#chunk = Buffer.concat(parts);
      this.#at = 0;
    }
    return this.#at < this.#chunk.length;
  }

  /** The next `count` bits, at most 24, as a number. Throws `Problem` damaged if there are none. */
  read(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#chunk.length) throw endsEarly();
      this.#held = ((this.#held << 8) | (this.#chunk[this.#at++] as number)) >>> 0;
      this.#count += 8;
    }
    this.#count -= count;
    const value = this.#held >>> this.#count;
    this.#held &= (1 << this.#count) - 1;
    return value;
  }

  /** 32 bits, as an unsigned number. */
  read32(): number {
    return this.read(16) * 65_536 + this.read(16);
  }

  /** Drops what is left of a byte. False if a bit of it is set. */
  align(): boolean {
    return this.read(this.#count) === 0;
  }
}

/**
 * Decompresses bzip2, all streams, proving each block and each stream by its CRC-32. It is written here because no
 * library serves: unbzip2-stream holds a block's output in an array of numbers (46 MB of output take 370 MB) and can be
 * made to loop for ever by a run that overflows; seek-bzip wants the whole file at once; others do not check.
 */
export async function* bunzip2(input: Bytes, reading: Reading): AsyncGenerator<Buffer> {
  const bits = new Bits(input);
  // One block's work space, for all of them: 900,000 bytes is the most that a level allows.
  const links = new Int32Array(900_000);
  let streams = 0;
  while (await bits.fill()) {
    if (bits.read(24) !== 0x425a68) {
      throw damaged(streams ? "there are bytes after its last bzip2 stream" : "it does not begin as bzip2");
    }
    const level = bits.read(8) - 0x30;
    if (level < 1 || level > 9) throw damaged("its bzip2 header is broken");
    let streamCrc = 0;
    for (;;) {
      await bits.fill();
      const magic = bits.read(24) * 2 ** 24 + bits.read(24);
      const said = bits.read32();
      if (magic === 0x177245385090) {
        if (said !== streamCrc) throw damaged("its bzip2 checksum (CRC-32) does not match its content");
        break;
      }
      if (magic !== 0x314159265359) throw damaged("a bzip2 block has no beginning");
      const block = readBlock(bits, links.subarray(0, level * 100_000));
      for (const chunk of block.chunks()) yield chunk;
      if (block.crc() !== said) throw damaged("a bzip2 block does not match its checksum (CRC-32)");
      streamCrc = (((streamCrc << 1) | (streamCrc >>> 31)) ^ said) >>> 0;
    }
    if (!bits.align()) throw damaged("the last bits of its bzip2 stream are not zero");
    streams++;
  }
  reading.evidence.push(
    `bzip2: every block of its ${streams === 1 ? "stream" : `${streams} streams`} matches its CRC-32`,
  );
}
