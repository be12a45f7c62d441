import { constants, createZstdDecompress } from "node:zlib";
import { Bytes, damaged, endsEarly, unproven } from "../bytes.ts";
import { decompress } from "../decompress.ts";
import type { Reading } from "../reading.ts";

const outputChunkBytes = 1024 ** 2;

/** The largest window that is decoded: 64 MiB, which fits the function's memory. `zstd --ultra -22` asks for 128 MiB. */
export const maxWindowLog = 26;

type Frame = { header: Buffer; contentBytes: number | undefined; checksum: boolean };

/**
 * Decompresses zstd (RFC 8878), all frames. Node's decoder stops after the first frame with no error
 * (nodejs/node#64741), so the frames are walked here, block by block, and each gets a decoder of its own.
 */
export async function* unzstd(input: Bytes, reading: Pick<Reading, "evidence">): AsyncGenerator<Buffer> {
  let frames = 0;
  let withoutChecksum = 0;
  for (let start = await input.peek(4); start.length > 0; start = await input.peek(4)) {
    if (start.length < 4) throw damaged("there are bytes after its last zstd frame");
    const magic = start.readUInt32LE(0);
    if (magic >>> 4 === 0x184d2a5) {
      await input.skip((await input.take(8)).readUInt32LE(4));
      continue;
    }
    if (magic !== 0xfd2fb528) throw damaged("there are bytes after its last zstd frame");
    const frame = await readHeader(input);
    let length = 0;
    for await (const chunk of decompress(new Bytes(blocks(input, frame)), decoder(frame))) {
      length += chunk.length;
      yield chunk;
    }
    if (frame.contentBytes !== undefined && frame.contentBytes !== length) {
      throw damaged("the length in a zstd frame's header does not match its content");
    }
    frames++;
    if (!frame.checksum) withoutChecksum++;
  }
  if (frames === 0) throw damaged("it has no zstd frame with content");
  reading.evidence.push(
    withoutChecksum === 0
      ? `zstd: the content of ${count(frames)} matches its checksum (XXH64)`
      : `${withoutChecksum} of ${frames} zstd frames have no checksum: damage inside them can go unnoticed without a sidecar`,
  );
}

function decoder({ contentBytes = outputChunkBytes }: Frame) {
  return createZstdDecompress({
    chunkSize: Math.max(64, Math.min(outputChunkBytes, contentBytes)),
    params: { [constants.ZSTD_d_windowLogMax]: maxWindowLog },
  });
}

async function readHeader(input: Bytes): Promise<Frame> {
  const start = await input.take(5);
  const descriptor = start[4] as number;
  if (descriptor & 0x18) throw damaged("a zstd frame's header has bits set that must be zero");
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] as number;
  const rest = await input.take((singleSegment ? 0 : 1) + dictionaryIdBytes + sizeBytes);
  const idAt = singleSegment ? 0 : 1;
  if (rest.subarray(idAt, idAt + dictionaryIdBytes).some((byte) => byte !== 0)) {
    throw unproven("it needs a zstd dictionary, which is not in it");
  }
  const sizeAt = idAt + dictionaryIdBytes;
  const size =
    sizeBytes === 8
      ? Number(rest.readBigUInt64LE(sizeAt))
      : sizeBytes
        ? rest.readUIntLE(sizeAt, sizeBytes)
        : 0;
  const contentBytes = sizeBytes === 2 ? size + 256 : size;
  const window = rest[0] as number;
  const windowBytes = singleSegment ? contentBytes : 2 ** (10 + (window >>> 3)) * (1 + (window & 7) / 8);
  if (windowBytes > 2 ** maxWindowLog) {
    throw unproven(
      `decoding it takes a window of ${Math.ceil(windowBytes / 1024 ** 2)} MiB, over the 64 MiB given to it`,
    );
  }
  return {
    header: Buffer.concat([start, rest]),
    contentBytes: sizeBytes ? contentBytes : undefined,
    checksum: (descriptor & 4) !== 0,
  };
}

/** One frame's bytes, in chunks as large as they come: its blocks are walked in place to find where it ends. */
async function* blocks(input: Bytes, frame: Frame): AsyncGenerator<Buffer> {
  yield frame.header;
  let ahead = 0; // bytes of the block, and the checksum after the last one, still to pass
  let last = false;
  let word = 0; // a block's header is three bytes, which may lie in two chunks
  let wordBytes = 0;
  for (let chunk = await input.chunk(); chunk; chunk = await input.chunk()) {
    let at = 0;
    while (at < chunk.length && !(last && ahead === 0)) {
      if (ahead > 0) {
        const step = Math.min(ahead, chunk.length - at);
        at += step;
        ahead -= step;
        continue;
      }
      word |= (chunk[at++] as number) << (8 * wordBytes++);
      if (wordBytes < 3) continue;
      last = (word & 1) === 1;
      const type = (word >>> 1) & 3;
      if (type === 3) throw damaged("a zstd block has a type that does not exist");
      ahead = (type === 1 ? 1 : word >>> 3) + (last && frame.checksum ? 4 : 0);
      word = 0;
      wordBytes = 0;
    }
    const ended = last && ahead === 0;
    if (ended) input.giveBack(chunk.subarray(at));
    if (at > 0) yield chunk.subarray(0, at);
    if (ended) return;
  }
  throw endsEarly();
}

function count(frames: number): string {
  return frames === 1 ? "its frame" : `its ${frames} frames`;
}
