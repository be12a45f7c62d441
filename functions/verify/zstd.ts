import { Readable } from "node:stream";
import { constants, createZstdDecompress } from "node:zlib";
import { Problem } from "../core/problem.ts";
import { Reader } from "./reader.ts";

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

/**
 * Decompresses every frame of a zstd file (RFC 8878). Node's decoder stops after the first frame without an error
 * (nodejs/node#64741), so frames are walked block by block and each has a decoder of its own. `onFrame` hears
 * whether a frame carries a checksum: without one, damage inside it can go unnoticed. Throws `Problem` damaged.
 */
export async function* unzstd(
  chunks: AsyncIterable<Buffer>,
  onFrame: (hasChecksum: boolean) => void,
): AsyncGenerator<Buffer> {
  const reader = new Reader(chunks);
  while (!(await reader.atEnd())) {
    const magic = (await reader.exactly(4, "a frame's magic number")).readUInt32LE();
    if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
      await reader.skip((await reader.exactly(4, "a skippable frame's size")).readUInt32LE());
      continue;
    }
    if (magic !== frameMagic)
      throw new Problem("damaged", "zstd: what follows a frame is not a frame", "Write the archive again.");
    yield* decode(walkFrame(reader, onFrame));
  }
}

/** The bytes of one frame, from its magic number, which is read already, to its checksum. */
async function* walkFrame(reader: Reader, onFrame: (hasChecksum: boolean) => void): AsyncGenerator<Buffer> {
  const descriptor = await reader.exactly(1, "a frame header");
  const flags = descriptor[0] ?? 0;
  const singleSegment = (flags & 0x20) !== 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const hasChecksum = (flags & 4) !== 0;
  if (flags & 8)
    throw new Problem("damaged", "zstd: a reserved bit of a frame header is set", "Write the archive again.");
  onFrame(hasChecksum);
  const rest = await reader.exactly((singleSegment ? 0 : 1) + dictionaryBytes + sizeBytes, "a frame header");
  yield Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), descriptor, rest]);
  for (let last = false; !last; ) {
    const header = await reader.exactly(3, "a block header");
    const bits = header.readUIntLE(0, 3);
    last = (bits & 1) === 1;
    const type = (bits >> 1) & 3;
    if (type === 3)
      throw new Problem("damaged", "zstd: a block has the reserved type", "Write the archive again.");
    yield header;
    yield await reader.exactly(type === 1 ? 1 : bits >> 3, "a block");
  }
  if (hasChecksum) yield await reader.exactly(4, "a frame's checksum");
}

async function* decode(frame: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // 27 bits: windows of up to 128 MiB, as the zstd tool reads without being told to.
  const decoder = createZstdDecompress({
    params: { [constants.ZSTD_d_windowLogMax]: 27 },
    chunkSize: 256 * 1_024,
  });
  const input = Readable.from(frame, { objectMode: false, highWaterMark: 1_048_576 });
  input.once("error", (thrown) => decoder.destroy(thrown));
  yield* input.pipe(decoder) as AsyncIterable<Buffer>;
}
