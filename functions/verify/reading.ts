import { Problem } from "../core/problem.ts";
import { countGarbage } from "./garbage.ts";

/**
 * Beyond this, an archive is taken for a decompression bomb and read no further. Deflate cannot exceed 1,032:1, and
 * dumps of the most repetitive tables stay under 100:1, so 250:1 is nothing that anyone wants to unpack unseen. The
 * first 256 MiB are free: small archives of blank data are harmless. 1 TiB is more than one invocation can read.
 */
export const bombLimits = { ratio: 250, freeBytes: 256 * 1024 ** 2, maxBytes: 1024 ** 4 };

/** What reading one archive has found so far; the readers of the formats write into it. */
export class Reading {
  /** What was recognised, outermost first. */
  readonly formats: string[] = [];
  /** What speaks for the archive: one sentence each. */
  readonly evidence: string[] = [];
  /** What could not be proved: one sentence each. */
  readonly doubts: string[] = [];
  /** Bytes of the innermost content after decompression; absent where nothing was compressed. */
  contentBytes: number | undefined;
  /** Bytes of the object that have been read. */
  sizeBytes = 0;
  readonly #limits: typeof bombLimits;

  constructor(limits: typeof bombLimits = bombLimits) {
    this.#limits = limits;
  }

  /** Begins to count the decompressed bytes of one more layer. */
  layer(): void {
    this.contentBytes = 0;
  }

  /** Counts decompressed bytes. Throws `Problem` damaged when they are more than any honest archive holds. */
  count(bytes: number): void {
    const total = (this.contentBytes ?? 0) + bytes;
    this.contentBytes = total;
    countGarbage(bytes);
    const { ratio, freeBytes, maxBytes } = this.#limits;
    if (total <= freeBytes || (total <= ratio * this.sizeBytes && total <= maxBytes)) return;
    throw new Problem(
      "damaged",
      `it is a decompression bomb: its first ${this.sizeBytes} bytes became more than ${total - bytes}`,
      "Do not unpack it; ask whoever writes it what it is.",
    );
  }

  /** Counts what a decompressor yields, and passes it on. */
  async *counted(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    this.layer();
    for await (const chunk of content) {
      this.count(chunk.length);
      yield chunk;
    }
  }
}
