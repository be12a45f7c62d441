import { type Bytes, damaged, unproven } from "../bytes.ts";

/** What the head of a dump says. */
export type Dump = {
  /** "1.14" */
  version: string;
  compression: "none" | "gzip" | "lz4" | "zstd";
  /** Of each entry that owes data, by its id: where that begins, or 0 where the dump was written to a pipe. */
  data: Map<number, number>;
};

/** pg_dump's own ways to write a byte, an integer, a text and an offset (pg_backup_archiver.c, documented there). */
export class PgReader {
  readonly #input: Bytes;
  integerBytes = 4;
  offsetBytes = 8;

  constructor(input: Bytes) {
    this.#input = input;
  }

  async byte(): Promise<number> {
    return (await this.#input.take(1))[0] as number;
  }

  /** A sign byte and the magnitude, lowest byte first. */
  async int(): Promise<number> {
    const bytes = await this.#input.take(1 + this.integerBytes);
    if ((bytes[0] as number) > 1) throw damaged("it holds a number with a broken sign");
    const magnitude = little(bytes.subarray(1));
    return bytes[0] === 1 ? -magnitude : magnitude;
  }

  /** Reads over a text; gives whether there is one, and the text itself only if it is short. */
  async text(): Promise<string | undefined> {
    const length = await this.int();
    if (length < 0) {
      if (length !== -1) throw damaged("it holds a text with a broken length");
      return undefined;
    }
    if (length <= 64) return (await this.#input.take(length)).toString("latin1");
    await this.#input.skip(length);
    return "";
  }

  /** Whether an entry has data, and where: -1 for none, 0 for not known. */
  async offset(): Promise<number> {
    const bytes = await this.#input.take(1 + this.offsetBytes);
    const state = bytes[0] as number;
    if (state < 1 || state > 3) throw damaged("an entry of its table of contents has a broken offset");
    if (state === 3) return -1;
    return state === 2 ? little(bytes.subarray(1)) : 0;
  }
}

/** Reads the header and the table of contents. Throws `Problem` unsupported for versions that are not known. */
export async function readContents(pg: PgReader, input: Bytes): Promise<Dump> {
  const head = await input.take(11);
  const [major, minor] = [head[5] as number, head[6] as number];
  if (major !== 1 || minor < 12 || minor > 16)
    throw unproven(`its format version is ${major}.${minor}, not 1.12 to 1.16`);
  pg.integerBytes = head[8] as number;
  pg.offsetBytes = head[9] as number;
  const sizes = [4, 8];
  if (!sizes.includes(pg.integerBytes) || !sizes.includes(pg.offsetBytes) || head[10] !== 1) {
    throw damaged("its header is none that pg_dump -Fc writes");
  }
  // Since 1.15 a byte names the algorithm; before, a level other than 0 meant zlib.
  const algorithm = minor >= 15 ? await pg.byte() : (await pg.int()) === 0 ? 0 : 1;
  const compression = (["none", "gzip", "lz4", "zstd"] as const)[algorithm];
  if (!compression) throw damaged("its header names a compression that does not exist");
  const [second, minute, hour, day, month, year] = await numbers(pg, 7);
  const plausible =
    within(second, 0, 60) && within(minute, 0, 59) && within(hour, 0, 23) && within(day, 1, 31);
  if (!plausible || !within(month, 0, 11) || !within(year, 95, 300))
    throw damaged("its header holds no possible date");
  for (let texts = 0; texts < 3; texts++) await pg.text(); // database, server's version, pg_dump's version
  const entries = await pg.int();
  const data = new Map<number, number>();
  for (let entry = 0; entry < entries; entry++) {
    const { id, offset } = await readEntry(pg, minor);
    if (offset >= 0) data.set(id, offset);
  }
  return { version: `${major}.${minor}`, compression, data };
}

/** Reads one entry of the table of contents; its offset is -1 if it owes no data. */
async function readEntry(pg: PgReader, minor: number): Promise<{ id: number; offset: number }> {
  const broken = () => damaged("an entry of its table of contents is broken");
  const id = await pg.int();
  const hasData = await pg.int();
  if (id <= 0 || !within(hasData, 0, 1)) throw broken();
  const [table, object] = [await pg.text(), await pg.text()];
  if (!/^\d+$/.test(table ?? "") || !/^\d+$/.test(object ?? "")) throw broken();
  await pg.text(); // tag
  const kind = await pg.text();
  if (!/^[A-Z][A-Z ]*$/.test(kind ?? "")) throw broken();
  if (!within(await pg.int(), 1, 4)) throw broken(); // section
  // definition, drop and copy statements, schema, tablespace; since 1.14 the table's access method
  for (let texts = 0; texts < (minor >= 14 ? 6 : 5); texts++) await pg.text();
  if (minor >= 16) await pg.int(); // relkind
  await pg.text(); // owner
  if (!["false", "true"].includes((await pg.text()) ?? "")) throw broken(); // with oids
  for (let needs = await pg.text(); needs !== undefined; needs = await pg.text()) {
    if (!/^\d+$/.test(needs)) throw broken();
  }
  const offset = await pg.offset();
  if (offset >= 0 !== (hasData === 1)) throw broken();
  return { id, offset };
}

async function numbers(pg: PgReader, count: number): Promise<number[]> {
  const all: number[] = [];
  while (all.length < count) all.push(await pg.int());
  return all;
}

function within(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

function little(bytes: Buffer): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
