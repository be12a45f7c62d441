import type { Readable } from "node:stream";

/** A whole body as text. */
export async function text(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}

/**
 * Takes the `aws-chunked` framing off a body (S3 API reference, SigV4 streaming): a size in hex, perhaps a
 * signature, the chunk; last a chunk of size 0 and trailers, which `onTrailer` hears. Signatures are not checked.
 */
export async function* dechunk(
  body: AsyncIterable<Buffer>,
  onTrailer: (name: string, value: string) => void,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let missing = 0;
  let ended = false;
  for await (const piece of body) {
    rest = rest.length ? Buffer.concat([rest, piece]) : piece;
    while (rest.length > 0) {
      if (missing > 0) {
        const data = rest.subarray(0, missing);
        missing -= data.length;
        rest = rest.subarray(data.length);
        yield data;
        continue;
      }
      const end = rest.indexOf("\r\n");
      if (end < 0) break;
      const line = rest.toString("latin1", 0, end);
      rest = rest.subarray(end + 2);
      // A chunk's data is followed by an empty line.
      if (line === "") continue;
      if (ended) {
        const colon = line.indexOf(":");
        if (colon > 0) onTrailer(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
        continue;
      }
      missing = Number.parseInt(line, 16);
      ended = missing === 0;
    }
  }
}
