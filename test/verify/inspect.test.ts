import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bytes } from "../../functions/verify/bytes.ts";
import { decompressors, formatOf } from "../../functions/verify/formats/formats.ts";
import { inspect } from "../../functions/verify/inspect.ts";
import { Reading } from "../../functions/verify/reading.ts";
import { dump, fixture, good, mysqlDump, pgDump, skippable, tarEntry, zip, zstd } from "./samples.ts";

const look = (name: string, bytes: Buffer) => inspect(name, Readable.from(bytes.length ? [bytes] : []));

/** Whether an archive would be recorded as verified without a sidecar. */
const passes = async (name: string, bytes: Buffer) => {
  const { damage, doubts } = await look(name, bytes);
  return !damage && doubts.length === 0;
};

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

describe("a good archive is intact, with the SHA-256 of all its bytes", () => {
  test.each(Object.entries(good))("%s", async (name, bytes) => {
    const found = await look(name, bytes);

    expect(found.damage?.message).toBeUndefined();
    expect(found.doubts).toEqual([]);
    expect(found.evidence).not.toEqual([]);
    expect(found.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(found.sizeBytes).toBe(bytes.length);
  });

  test.each(Object.entries(good))("however its bytes are cut into chunks: %s", async (name, bytes) => {
    for (const size of [1, 7, 511]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const found = await inspect(name, Readable.from(chunks));
      expect([found.damage?.message, found.doubts]).toEqual([undefined, []]);
    }
  });
});

/** Where a stream of several parts, or a list of entries, can end without any sign of it: only a sidecar tells. */
const silentEnds: Record<string, number> = { "two-streams.txt.bz2": 52, "two-streams.txt.xz": 80 };

describe("every truncation is found, the empty file included", () => {
  test.each(Object.entries(good))("%s", async (name, bytes) => {
    const missed: number[] = [];
    for (let length = 0; length < bytes.length; length++) {
      if (await passes(name, bytes.subarray(0, length))) missed.push(length);
    }
    expect(missed).toEqual(silentEnds[name] ? [silentEnds[name]] : []);
  });
});

// Some bits of packed formats mean nothing to the content (times, padding, codes that are not used): a flip that is not
// found must be one of those, so the content that comes out is compared. docs/archives.md says which they are.
describe("every flipped bit that changes the content of a packed archive is found", () => {
  const packed = Object.keys(good).filter((name) => /(gz|zst|bz2|xz)$/.test(name));
  test.each(packed)("%s", async (name) => {
    const bytes = good[name] as Buffer;
    const content = await unpack(bytes);
    const missed: string[] = [];
    let found = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = flipped(bytes, bit);
      if (!(await passes(name, other))) found++;
      else if (!(await unpack(other)).equals(content)) missed.push(`byte ${bit >> 3} bit ${bit & 7}`);
    }
    expect(missed).toEqual([]);
    expect(found / (bytes.length * 8)).toBeGreaterThan(0.85);
  });

  async function unpack(bytes: Buffer): Promise<Buffer> {
    const format = formatOf(bytes) as keyof typeof decompressors;
    const chunks: Buffer[] = [];
    const input = new Bytes(Readable.from([bytes]));
    for await (const chunk of decompressors[format](input, new Reading())) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
});

// What these formats leave unproved is counted, so that docs/archives.md can say it and a change is seen.
describe("flipped bits that a format has no checksum for are as many as docs/archives.md says", () => {
  test.each([
    ["a.tar", 862, "105 bytes of data, and spellings of the same number in the checksum's own field"],
    ["a.sql", 536, "all but the first and last lines"],
    ["stored.zip", 276, "versions, hints, attributes and comments; never the data"],
    ["info-zip.zip", 2_219, "the same, and the extra fields with the owners' ids and finer times"],
    ["pg18-none.dump", 971, "texts in the table of contents, and rows that were not compressed"],
    ["pg15.dump", 11_701, "texts in the table of contents; never the rows"],
  ])("%s: %i, %s", async (name, expected) => {
    const bytes = good[name] as Buffer;
    let missed = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) if (await passes(name, flipped(bytes, bit))) missed++;
    expect(missed).toBe(expected);
  });
});

describe("what is not what it should be is damage", () => {
  const garbage = Buffer.from("garbage");
  const a = good["a.tar"] as Buffer;
  const zipped = zip({ a: "alpha", b: "beta" });
  test.each<[string, string, Buffer, RegExp]>([
    ["an empty object", "a.bin", Buffer.alloc(0), /empty/],
    ["plain text as .gz", "a.gz", Buffer.from("hello"), /promises gzip, but it is something else/],
    ["gzip as .zst", "a.zst", gzipSync("hello"), /promises zstd, but it is gzip/],
    [
      "gzip of text as .tar.gz",
      "a.tar.gz",
      gzipSync("hello"),
      /promises tar, but it contains something else/,
    ],
    ["a custom-format dump as .sql", "a.sql", fixture("pg15.dump"), /promises sql, but it is pgdump/],
    ["gzip of nothing as .sql.gz", "a.sql.gz", gzipSync(""), /nothing in it/],
    [
      "bytes behind the last gzip member",
      "a.gz",
      Buffer.concat([gzipSync(dump), garbage]),
      /after its last gzip/,
    ],
    [
      "zeros behind the last gzip member",
      "a.gz",
      Buffer.concat([gzipSync(dump), Buffer.alloc(9)]),
      /after its last/,
    ],
    [
      "bytes behind the last zstd frame",
      "a.zst",
      Buffer.concat([zstd(dump), garbage]),
      /after its last zstd/,
    ],
    ["nothing but a skippable zstd frame", "a.zst", skippable(garbage), /no zstd frame with content/],
    [
      "bytes behind the last bzip2 stream",
      "a.bz2",
      Buffer.concat([fixture("text.txt.bz2"), garbage]),
      /after its last/,
    ],
    [
      "bytes behind the last xz stream",
      "a.xz",
      Buffer.concat([fixture("text-crc64.txt.xz"), garbage]),
      /other bytes/,
    ],
    ["bytes behind the end of a tar", "a.tar", Buffer.concat([a, garbage]), /after its end-of-archive/],
    ["a tar appended to a tar", "a.tar", Buffer.concat([a, a]), /after its end-of-archive/],
    ["a tar without its end-of-archive mark", "a.tar", a.subarray(0, -1_024), /cut short/],
    ["a tar entry that is longer than the tar", "a.tar", tarEntry("big", "x", "0", 2_000_000), /cut short/],
    ["a tar without an entry", "a.tar", Buffer.alloc(10_240), /no entry/],
    ["bytes behind the end of a zip", "a.zip", Buffer.concat([zipped, garbage]), /after its end record/],
    ["a zip without an entry", "a.zip", zip({}), /no entry/],
    ["a zip whose directory lists another zip's entries", "a.zip", mixed(), /does not list the entries/],
    [
      "a dump that was cut short before it was packed",
      "a.sql.gz",
      gzipSync(dump.subarray(0, 40)),
      /cut short/,
    ],
    ["a tar that was cut short before it was packed", "a.tar.zst", zstd(a.subarray(0, 1_024)), /cut short/],
    [
      "a dump with a hole of zeros",
      "a.sql",
      Buffer.concat([dump.subarray(0, 60), Buffer.alloc(9), dump]),
      /zero bytes/,
    ],
    ["a mysqldump cut in its last line", "a.sql", mysqlDump.subarray(0, -4), /as mysqldump ends/],
    [
      "a dump's first half and another's second",
      "a.sql",
      Buffer.from(`${dump}`.replace("unrestrict Qz7", "unrestrict Z")),
      /unrestrict/,
    ],
    [
      "SQL of no known tool, cut in a statement",
      "a.sql",
      Buffer.from("CREATE TABLE t (a int);\nINSERT INTO"),
      /statement/,
    ],
    [
      "a custom-format dump that lacks a table's data",
      "a.dump",
      fixture("pg15.dump").subarray(0, 2_900),
      /cut short/,
    ],
  ])("%s", async (_what, name, bytes, why) => {
    const { damage } = await look(name, bytes);

    expect(damage?.code).toBe("damaged");
    expect(damage?.message).toMatch(why);
    expect(damage?.fix.length).toBeLessThanOrEqual(70);
  });

  function mixed(): Buffer {
    const [one, two] = [zip({ a: "alpha" }, false), zip({ a: "omega" }, false)];
    return Buffer.concat([one.subarray(0, 36), two.subarray(36)]);
  }
});

describe("what is known but cannot be proved is said to be so, not intact and not damaged", () => {
  test.each<[string, string, Buffer, RegExp]>([
    ["encrypted zip entries", "a.zip", fixture("encrypted.zip"), /2 of its 2 entries are encrypted/],
    ["a stored zip entry of unknown length", "a.zip", fixture("stored-streamed.zip"), /how long it is/],
    ["xz with SHA-256 as its check", "a.xz", fixture("text-sha256.txt.xz"), /SHA-256/],
    ["rows packed with LZ4", "a.dump", pgDump(16, "lz4"), /LZ4/],
    ["a custom-format dump of a version to come", "a.dump", pgDump(17, "none"), /1\.17/],
    ["7z", "a.7z", Buffer.from("7z\xbc\xaf\x27\x1c\0\x04", "latin1"), /7z/],
  ])("%s", async (_what, name, bytes, why) => {
    const { damage, doubts } = await look(name, bytes);

    expect(damage).toBeUndefined();
    expect(doubts.join()).toMatch(why);
  });

  test.each<[string, string, Buffer, RegExp]>([
    ["zstd without a checksum", "a.sql.zst", zstd(dump, false), /1 of 1 zstd frames have no checksum/],
    ["xz without a check", "a.xz", fixture("text-none.txt.xz"), /no checksum/],
    ["rows that are not compressed", "a.dump", fixture("pg15-z0.dump"), /no checksum/],
  ])("the evidence says that it proves less: %s", async (_what, name, bytes, why) => {
    const { damage, evidence } = await look(name, bytes);

    expect(damage).toBeUndefined();
    expect(evidence.join()).toMatch(why);
  });

  test.each(["pg15.sql", "pg15-all.sql"])(
    "a plain dump that a real tool wrote ends as it should: %s",
    async (name) => {
      expect((await look(name, fixture(name))).evidence.join()).toMatch(/begins and ends as pg_dump/);
    },
  );
});

describe("a decompression bomb is read no further than its bound", () => {
  const limits = { ratio: 50, freeBytes: 100_000, maxBytes: 1_000_000 };
  const zeros = Buffer.alloc(900_000);
  test.each<[string, Buffer]>([
    ["a.gz", gzipSync(zeros)],
    ["a.zst", zstd(zeros)],
    ["a.gz.zst", zstd(gzipSync(zeros))],
    ["a.zip", zip({ zeros: zeros.toString("latin1") })],
  ])("%s", async (name, bytes) => {
    const found = await inspect(name, Readable.from([bytes]), limits);

    expect(found.damage?.message).toMatch(/decompression bomb/);
    expect(found.contentBytes).toBeLessThan(2_000_000);
    expect(found.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  test("more than a total, however slowly it grows", async () => {
    const found = await inspect("a.gz", Readable.from([gzipSync(zeros)]), {
      ...limits,
      ratio: 1e9,
      maxBytes: 200_000,
    });
    expect(found.damage?.message).toMatch(/decompression bomb/);
  });

  test("a small archive of blank data is none", async () => {
    expect(await passes("a.gz", gzipSync(Buffer.alloc(20_000_000)))).toBe(true);
  });
});

test("an error of the stream itself is thrown, not taken for damage", async () => {
  const broken = (async function* () {
    yield (good["a.tar.gz"] as Buffer).subarray(0, 50);
    throw new Error("connection reset");
  })();
  await expect(inspect("a.tar.gz", broken)).rejects.toThrow("connection reset");
});

test("no bytes at all make it throw, hang, or skip the digest", async () => {
  const starts = Object.values(good);
  const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(good), "data.bin", "noextension"),
      fc.constantFrom(...starts),
      edits,
      fc.uint8Array({ maxLength: 600 }),
      fc.nat(),
      async (name, start, changes, noise, cut) => {
        const bytes = Buffer.concat([start.subarray(0, start.length - (cut % start.length)), noise]);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const found = await look(name, bytes);
        expect(found.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
      },
    ),
    { numRuns: 2_000 },
  );
});
