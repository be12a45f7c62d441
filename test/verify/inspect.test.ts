import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inspect } from "../../functions/verify/inspect.ts";
import { dump, good, tar, zstd } from "./samples.ts";

const look = (name: string, bytes: Buffer) => inspect(name, Readable.from(bytes.length ? [bytes] : []));

describe("a good archive is intact, with the SHA-256 of all its bytes", () => {
  test.each(Object.entries(good))("%s", async (name, bytes) => {
    const found = await look(name, bytes);

    expect(found.damage?.message).toBeUndefined();
    expect(found.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(found.sizeBytes).toBe(bytes.length);
  });

  test("however its bytes are cut into chunks", async () => {
    const bytes = good["a.tar.zst"] as Buffer;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (size) => {
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        expect((await inspect("a.tar.zst", Readable.from(chunks))).damage).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });
});

describe("every truncation is found, the empty file included", () => {
  test.each(Object.entries(good))("%s", async (name, bytes) => {
    // A dump that lacks only the blank lines and dashes behind its last word has lost no data.
    const end = name === "a.sql" ? dump.indexOf("complete") + "complete".length : bytes.length;
    const missed: number[] = [];
    for (let length = 0; length < end; length++) {
      if (!(await look(name, bytes.subarray(0, length))).damage) missed.push(length);
    }
    expect(missed).toEqual([]);
  });
});

// Some bits of gzip and zstd mean nothing to the content (times, padding, unused flags): see docs/archives.md. A flip
// that is not found must be one of those, so the content that comes out is compared.
describe("every flipped bit that changes the content is found", () => {
  test.each(["a.sql.gz", "a.tgz", "a.tar.gz", "a.sql.zst", "a.tar.zst"])("%s", async (name) => {
    const bytes = good[name] as Buffer;
    const unpack = name.endsWith("zst") ? zstdDecompressSync : gunzipSync;
    const content = unpack(bytes);
    const missed: string[] = [];
    let found = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if ((await look(name, flipped)).damage) found += 1;
      else if (!unpack(flipped).equals(content)) missed.push(`byte ${bit >> 3} bit ${bit & 7}`);
    }
    expect(missed).toEqual([]);
    expect(found).toBeGreaterThan(bytes.length * 6);
  });
});

describe("what is not what its name promises is found", () => {
  test.each([
    ["plain text as .gz", "a.gz", Buffer.from("hello")],
    ["gzip as .zst", "a.zst", gzipSync("hello")],
    [
      "something behind the last gzip member",
      "a.sql.gz",
      Buffer.concat([gzipSync(dump), Buffer.from("garbage")]),
    ],
    [
      "something behind the last zstd frame",
      "a.sql.zst",
      Buffer.concat([zstd(dump), Buffer.from("garbage")]),
    ],
    ["something behind the end of a tar", "a.tar", Buffer.concat([tar({ a: "a" }), Buffer.from("garbage")])],
    [
      "a truncated second zstd frame",
      "a.sql.zst",
      Buffer.concat([zstd(dump.subarray(0, 30)), zstd(dump.subarray(30)).subarray(0, 15)]),
    ],
    ["a dump that was cut short before it was compressed", "a.sql.gz", gzipSync(dump.subarray(0, 40))],
    [
      "a tar that was cut short before it was compressed",
      "a.tar.zst",
      zstd((good["a.tar"] as Buffer).subarray(0, 1_024)),
    ],
  ])("%s", async (_what, name, bytes) => {
    expect((await look(name, bytes)).damage?.code).toBe("damaged");
  });
});

test("a zstd frame without a checksum is said to prove less", async () => {
  const found = await look("a.sql.zst", zstd(dump, false));
  expect(found.evidence.join(" ")).toContain("1 of 1 zstd frames have no checksum");
});

test("no bytes at all make it throw or hang", async () => {
  const names = [...Object.keys(good), "data.bin", "noextension"];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.uint8Array({ maxLength: 600 }),
      fc.constantFrom(...Object.values(good)),
      async (name, noise, start) => {
        const found = await look(name, Buffer.concat([start.subarray(0, noise.length % 64), noise]));
        expect(found.sha256).toHaveLength(64);
      },
    ),
    { numRuns: 300 },
  );
});
