import type { Transform } from "node:stream";
import { Problem } from "../core/problem.ts";
import { type Bytes, damaged } from "./bytes.ts";

/** A decompressing stream of node:zlib, which counts the bytes it took. */
type Engine = Transform & { readonly bytesWritten: number };

/**
 * Decompresses one compressed stream with an engine of node:zlib, which works in a thread of its own, and leaves
 * `input` right behind that stream's last byte. Throws `Problem` damaged when the engine refuses the bytes.
 */
export async function* decompress(input: Bytes, engine: Engine): AsyncGenerator<Buffer> {
  const feeding = feed(input, engine).catch((thrown: unknown) => {
    engine.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
  });
  try {
    for await (const chunk of engine) yield chunk as Buffer;
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw damaged(
      `its compressed data is broken (${thrown instanceof Error ? thrown.message : thrown})`,
      thrown,
    );
  } finally {
    engine.destroy();
    await feeding;
  }
}

/** Writes chunk by chunk, each when the last one is used up, until the engine ends; gives back what it left. */
async function feed(input: Bytes, engine: Engine): Promise<void> {
  // An engine that fails or is destroyed may leave a write without an answer.
  const over = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) engine.once(event, () => resolve());
  });
  let written = 0;
  for (;;) {
    const chunk = await input.chunk();
    if (!chunk) {
      engine.end();
      return;
    }
    written += chunk.length;
    if (!engine.destroyed)
      await Promise.race([over, new Promise<void>((used) => engine.write(chunk, () => used()))]);
    // Bytes are left over only when the engine met its stream's end before them.
    if (engine.destroyed || engine.readableEnded || engine.bytesWritten < written) {
      input.giveBack(chunk.subarray(chunk.length - Math.min(chunk.length, written - engine.bytesWritten)));
      return;
    }
  }
}
