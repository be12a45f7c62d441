import { Problem } from "../core/problem.ts";

/**
 * Bytes that are read once, from front to back, by parsers that pull what they need. Holds no more than the chunk
 * that is being read and what was given back. Throws `Problem` damaged where the bytes end before they may.
 */
export class Bytes {
  readonly #source: AsyncIterator<Buffer>;
  readonly #waiting: Buffer[] = [];
  #position = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes as they come, at most `maxBytes`; `undefined` at the end. */
  async chunk(maxBytes = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    let chunk = this.#waiting.shift();
    while (!chunk?.length) {
      const next = await this.#source.next();
      if (next.done) return undefined;
      chunk = next.value;
    }
    if (chunk.length > maxBytes) {
      this.#waiting.unshift(chunk.subarray(maxBytes));
      chunk = chunk.subarray(0, maxBytes);
    }
    this.#position += chunk.length;
    return chunk;
  }

  /** Puts the bytes that were read last back in front. */
  giveBack(bytes: Buffer): void {
    if (bytes.length > 0) this.#waiting.unshift(bytes);
    this.#position -= bytes.length;
  }

  /** The next `count` bytes, or as many as there are, which stay to be read. */
  async peek(count: number): Promise<Buffer> {
    const bytes = await this.#upTo(count);
    this.giveBack(bytes);
    return bytes;
  }

  /** Exactly `count` bytes. `count` is small: these are held in memory at once. */
  async take(count: number): Promise<Buffer> {
    const bytes = await this.#upTo(count);
    if (bytes.length < count) throw endsEarly();
    return bytes;
  }

  /** Reads over `count` bytes, showing each chunk to `see`. */
  async skip(count: number, see?: (chunk: Buffer) => void): Promise<void> {
    for (let left = count; left > 0; ) {
      const chunk = await this.chunk(left);
      if (!chunk) throw endsEarly();
      see?.(chunk);
      left -= chunk.length;
    }
  }

  /** The next `count` bytes as a stream of their own, which must be read to its end before this one goes on. */
  async *slice(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      const chunk = await this.chunk(left);
      if (!chunk) throw endsEarly();
      left -= chunk.length;
      yield chunk;
    }
  }

  /** Reads all that is left, showing each chunk to `see`. */
  async drain(see?: (chunk: Buffer) => void): Promise<void> {
    for (let chunk = await this.chunk(); chunk; chunk = await this.chunk()) see?.(chunk);
  }

  async #upTo(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0; ) {
      const chunk = await this.chunk(left);
      if (!chunk) break;
      parts.push(chunk);
      left -= chunk.length;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }
}

/** What every format says of bytes that are not as it writes them. `what` is a sentence about the archive, without it. */
export function damaged(what: string, cause?: unknown): Problem {
  return new Problem(
    "damaged",
    what,
    "Send it again; find out why its producer or its upload failed.",
    cause,
  );
}

/** What a format says of content that it knows but cannot prove. */
export function unproven(what: string): Problem {
  return new Problem("unsupported", what, "Put <name>.sha256 beside it, and it is compared with that.");
}

/** What every format says of bytes that stop before their end. */
export function endsEarly(): Problem {
  return damaged("it ends before its format says it may: it is cut short");
}

/** Reads a source one item ahead, so that fetching and hashing go on while the last chunk is being decompressed. */
export async function* ahead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  const fetch = () => {
    const item = items.next();
    // Whoever awaits the item hears of its failure; until then it must not count as unhandled.
    item.catch(() => {});
    return item;
  };
  for (let next = fetch(); ; ) {
    const item = await next;
    if (item.done) return;
    next = fetch();
    yield item.value;
  }
}
