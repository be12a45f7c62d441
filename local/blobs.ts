import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Where the bytes of stored objects are. A blob is written once, never changed, and shared by all its holders. */
export type Blobs = {
  /** Takes bytes in and gives the blob's id; it has one holder. */
  write(bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<string>;
  /** The bytes from `start` (counted from 0), `length` of them. */
  read(id: string, start: number, length: number): Readable;
  /** The same at once, where the bytes are in memory anyway; else `undefined`. */
  peek(id: string, start: number, length: number): Uint8Array | undefined;
  /** One more holder: a copy that needs no second set of bytes. */
  hold(id: string): void;
  /** One holder less. A blob that nobody holds is removed, at the latest at the second `settle` from now. */
  release(id: string): void;
  /** Called as state is saved: what nobody holds now is no longer needed once that state is on disk. */
  settle(): void;
  /** Called as saved state is loaded, once every blob in it is held: removes all others. */
  keepHeld(): void;
};

/** Blobs in memory, for tests and simulations. */
export function memoryBlobs(): Blobs {
  const kept = new Map<string, { bytes: Uint8Array; holders: number }>();
  let count = 0;
  const peek = (id: string, start: number, length: number) => {
    const blob = kept.get(id);
    if (!blob) throw new Error(`there is no blob ${id}`);
    return blob.bytes.subarray(start, start + length);
  };
  return {
    async write(bytes) {
      const id = String(++count);
      kept.set(id, { bytes: bytes instanceof Uint8Array ? bytes : await gather(bytes), holders: 1 });
      return id;
    },
    peek,
    read: (id, start, length) => Readable.from([peek(id, start, length)], { objectMode: false }),
    hold(id) {
      const blob = kept.get(id);
      if (blob) blob.holders++;
    },
    release(id) {
      const blob = kept.get(id);
      if (blob && --blob.holders === 0) kept.delete(id);
    },
    settle() {},
    keepHeld() {},
  };
}

/**
 * Blobs as files of a folder, for `npm start`. A file that loses its last holder stays until the state which no
 * longer names it has been saved, so that a process which is killed finds all that its last saved state names.
 */
export function diskBlobs(folder: string): Blobs {
  mkdirSync(folder, { recursive: true });
  const holders = new Map<string, number>();
  let unheld: string[] = [];
  let settled: string[] = [];
  const remove = (ids: string[]) => {
    for (const id of ids) rmSync(join(folder, id), { force: true });
  };
  return {
    async write(bytes) {
      const id = randomUUID();
      try {
        if (bytes instanceof Uint8Array) await writeFile(join(folder, id), bytes);
        else await pipeline(bytes, createWriteStream(join(folder, id), { highWaterMark: 1 << 20 }));
      } catch (thrown) {
        remove([id]);
        throw thrown;
      }
      holders.set(id, 1);
      return id;
    },
    read(id, start, length) {
      if (length === 0) return Readable.from([], { objectMode: false });
      return createReadStream(join(folder, id), { start, end: start + length - 1, highWaterMark: 1 << 18 });
    },
    peek: () => undefined,
    hold: (id) => void holders.set(id, (holders.get(id) ?? 0) + 1),
    release(id) {
      const left = (holders.get(id) ?? 0) - 1;
      if (left > 0) holders.set(id, left);
      else if (holders.delete(id)) unheld.push(id);
    },
    settle() {
      remove(settled);
      settled = unheld;
      unheld = [];
    },
    keepHeld: () => remove(readdirSync(folder).filter((id) => !holders.has(id))),
  };
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
