import { createInflate } from "node:zlib";
import { Bytes, damaged } from "../bytes.ts";
import { decompress } from "../decompress.ts";
import type { Reading } from "../reading.ts";
import { type Dump, PgReader, readContents } from "./pgdump-contents.ts";
import { unzstd } from "./zstd.ts";

/**
 * Reads PostgreSQL's custom format (pg_dump -Fc, archive versions 1.12 to 1.16: PostgreSQL 9.0 to 18) to its end: the
 * table of contents, then every data block, each where the contents say, decompressed to its end, none missing.
 */
export async function readPgDump(input: Bytes, reading: Reading): Promise<void> {
  reading.layer();
  const pg = new PgReader(input);
  const dump = await readContents(pg, input);
  const owed = new Map(dump.data);
  for (let blocks = 0; (await input.peek(1)).length > 0; blocks++) {
    const at = input.position;
    const type = await pg.byte();
    const id = await pg.int();
    const offset = owed.get(id);
    if (offset === undefined) throw damaged(`its data block ${blocks + 1} is not in its table of contents`);
    if (offset !== 0 && offset !== at) throw damaged("a data block is not where its table of contents says");
    owed.delete(id);
    if (type === 1) await readData(pg, input, dump, reading);
    else if (type === 3) while ((await pg.int()) !== 0) await readData(pg, input, dump, reading);
    else throw damaged("a data block has a type that does not exist");
  }
  if (owed.size > 0)
    throw damaged(`the data of ${owed.size} of its ${dump.data.size} tables is missing: it is cut short`);
  reading.evidence.push(
    `PostgreSQL custom format ${dump.version}: the table of contents and all ${dump.data.size} data blocks are whole`,
  );
  if (dump.compression === "lz4")
    reading.doubts.push("its data is packed with LZ4, which is not unpacked here");
  else if (dump.compression === "none") reading.evidence.push("Its data carries no checksum.");
}

/** Reads one table's or large object's data: pieces, each behind its length, up to a length of zero. */
async function readData(pg: PgReader, input: Bytes, { compression }: Dump, reading: Reading): Promise<void> {
  const see = (chunk: Buffer) => reading.count(chunk.length);
  const data = new Bytes(pieces(pg, input));
  // A table with no row may have no stream at all, not even an empty one.
  const packed = compression !== "none" && compression !== "lz4" && (await data.peek(1)).length > 0;
  if (packed && compression === "gzip") {
    for await (const chunk of decompress(data, createInflate({ chunkSize: 256 * 1024 }))) see(chunk);
    if (await data.chunk()) throw damaged("a data block goes on after its compressed data has ended");
  } else if (packed) {
    for await (const chunk of unzstd(data, { evidence: [] })) see(chunk);
  } else await data.drain(see);
}

async function* pieces(pg: PgReader, input: Bytes): AsyncGenerator<Buffer> {
  for (let length = await pg.int(); length !== 0; length = await pg.int()) {
    if (length < 0) throw damaged("a piece of data has a negative length");
    yield* input.slice(length);
  }
}
