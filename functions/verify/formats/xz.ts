import { ReadableStream } from "node:stream/web";
import xz from "xz-decompress";
import { type Bytes, damaged, unproven } from "../bytes.ts";
import type { Reading } from "../reading.ts";

/** How an xz stream proves its content, by the number in its header (xz file format 2.1.1.2). */
const checks: Record<number, string> = { 1: "CRC-32", 4: "CRC-64" };

/**
 * Decompresses xz, all streams, with xz-embedded compiled to WebAssembly, which proves headers, blocks and index by
 * their checksums and refuses what follows the last stream. Throws `Problem` unsupported for what it cannot check:
 * SHA-256 as the check, and dictionaries over 64 MiB.
 */
export async function* unxz(input: Bytes, reading: Reading): AsyncGenerator<Buffer> {
  const header = await input.peek(12);
  const check = (header[7] ?? 0) & 0x0f;
  if (check === 10) throw unproven("its xz check is SHA-256, which is not computed here");
  const source = ReadableStream.from(rest(input)) as ReadableStream<Uint8Array>;
  try {
    for await (const chunk of new xz.XzReadableStream(source))
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  } catch (thrown) {
    // The library's only words: "get_next_output failed with error code 7" (enum xz_ret of xz-embedded).
    const code = Number(/error code (\d+)$/.exec(thrown instanceof Error ? thrown.message : "")?.[1] ?? -1);
    if (code === 3 || code === 4) throw unproven("its xz dictionary is over the 64 MiB given to it");
    if (code === 2 || code === 6) throw unproven("it uses a filter or a check of xz that is not known here");
    if (code === 8) throw damaged("its xz stream is cut short, or followed by other bytes", thrown);
    if (code >= 0) throw damaged("its xz data does not match its checksums", thrown);
    throw thrown;
  }
  reading.evidence.push(
    checks[check]
      ? `xz: every block matches its ${checks[check]}`
      : "xz: decoded to its end, but its blocks carry no checksum",
  );
}

async function* rest(input: Bytes): AsyncGenerator<Uint8Array> {
  for (let chunk = await input.chunk(); chunk; chunk = await input.chunk()) yield chunk;
}
