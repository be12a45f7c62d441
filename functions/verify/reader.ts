import { Problem } from "../core/problem.ts";

/** Reads a stream of chunks by lengths, in memory for one piece at a time. */
export class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return true;
      this.#rest = next.value;
    }
    return false;
  }

  /** Up to `max` bytes, as they come; empty only at the end. */
  async some(max: number): Promise<Buffer> {
    if (await this.atEnd()) return this.#rest;
    const piece = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Exactly so many bytes. Throws `Problem` damaged, naming what was cut short, if there are fewer. */
  async exactly(length: number, what: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const piece = await this.some(missing);
      if (piece.length === 0)
        throw new Problem("damaged", `it ends in the middle of ${what}`, "Write the archive again.");
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  /** Passes over exactly so many bytes. Throws like `exactly`. */
  async skip(length: number, what = "its data"): Promise<void> {
    for (let missing = length; missing > 0; ) {
      const piece = await this.some(missing);
      if (piece.length === 0)
        throw new Problem("damaged", `it ends in the middle of ${what}`, "Write the archive again.");
      missing -= piece.length;
    }
  }
}
