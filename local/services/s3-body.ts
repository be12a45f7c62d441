import { Readable } from "node:stream";
import { chunksOf } from "./s3-intake.ts";
import type { Segment, Store } from "./s3-state.ts";

/** A body as SDK clients answer it: a stream that can also be had whole. */
type Body = Readable & {
  transformToByteArray(): Promise<Uint8Array>;
  transformToString(as?: string): Promise<string>;
};

/** The stored bytes as the body of an answer. Nothing is read before somebody asks. */
export function bodyOf(store: Store, segments: Segment[]): Body {
  const bytes = inMemory(store, segments);
  const stream = bytes
    ? Readable.from([bytes], { objectMode: false })
    : Readable.from(chunksOf(store, segments));
  const all = async () => {
    if (!bytes) return Buffer.concat(await stream.toArray());
    stream.destroy();
    return Buffer.from(bytes);
  };
  return Object.assign(stream, {
    transformToByteArray: all,
    transformToString: async (as = "utf8") => (await all()).toString(as as BufferEncoding),
  });
}

function inMemory(store: Store, segments: Segment[]): Uint8Array | undefined {
  const [only, ...more] = segments;
  if (!only) return Buffer.alloc(0);
  return more.length ? undefined : store.blobs.peek(only.blob, only.start, only.length);
}
