import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Call } from "../../local/twin.ts";
import { putUpDrop, sha256 } from "./drop.ts";
import { dump, zip } from "./samples.ts";

describe("sidecars", () => {
  const bytes = gzipSync(dump);

  test.each([
    ["as sha256sum writes it", `${sha256(bytes)}  a.gz\n`],
    ["a bare digest in upper case", sha256(bytes).toUpperCase()],
  ])("that agree are evidence: %s", async (_how, text) => {
    const drop = await putUpDrop();
    await drop.put("a.gz.sha256", text);
    await drop.arrives("a.gz", bytes);

    const { "a.gz": verified } = await drop.facts("verified-eu-west-1");
    expect(verified?.archive?.evidence).toContain("Its SHA-256 is the one in a.gz.sha256.");
  });

  test("every flipped bit of an archive in no known format is found by its sidecar", async () => {
    const drop = await putUpDrop();
    const data = Buffer.from("any bytes");
    for (let bit = 0; bit < data.length * 8; bit++) {
      const name = `bit-${bit}.bin`;
      const other = Buffer.from(data);
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7));
      await drop.put(`${name}.sha256`, `${sha256(data)}  ${name}\n`);
      await drop.arrives(name, other);
    }
    expect(await drop.facts("verified-eu-west-1")).toEqual({});
    expect(await drop.open()).toHaveLength(data.length * 8);
  });

  test.each([
    ["a.gz.sha256", `${sha256(dump)}  a.gz\n`, /a\.gz\.sha256 says/],
    ["a.gz.sha256", "", /holds no SHA-256/],
    ["manifest.json", JSON.stringify({ files: { "a.gz": { sha256: sha256(dump) } } }), /manifest\.json says/],
    ["manifest.json", "{", /manifest\.json beside it cannot be read/],
  ])("that disagree or cannot be read are damage: %s %s", async (sidecar, text, why) => {
    const drop = await putUpDrop();
    await drop.put(sidecar, text);
    await drop.arrives("a.gz", bytes);

    expect(await drop.open()).toEqual([expect.stringMatching(why)]);
  });

  test("that come later are compared then: one that agrees costs no second reading", async () => {
    const drop = await putUpDrop();
    await drop.arrives("a.gz", bytes);
    await drop.arrives("b.gz", bytes);
    let reads = 0;
    drop.twin.interceptors.push((call: Call, proceed) => {
      if (call.operation === "GetObject" && /\.gz$/.test(String(call.input.Key))) reads++;
      return proceed();
    });

    const files = {
      "a.gz": { sha256: sha256(bytes), sizeBytes: bytes.length },
      "b.gz": { sha256: sha256(dump) },
    };
    await drop.arrives("manifest.json", JSON.stringify({ files }));

    expect(reads).toBe(1);
    expect(await drop.open()).toEqual([expect.stringMatching(/^archive-damaged: The archive "erp\/b.gz"/)]);
  });
});

describe("beside its predecessors", () => {
  const ofSize = (lines: number) => gzipSync(`${"INSERT INTO t VALUES (1);\n".repeat(lines)}`);
  const three = async () => {
    const drop = await putUpDrop();
    for (const day of [18, 19, 20]) await drop.arrives(`erp-2026-11-${day}.sql.gz`, ofSize(100));
    return drop;
  };

  test("an archive far smaller is intact and suspect, until one of the old size comes", async () => {
    const drop = await three();
    await drop.arrives("erp-2026-11-21.sql.gz", ofSize(40));
    expect(await drop.open()).toEqual([
      expect.stringMatching(
        /^archive-suspect: .* is intact, but it holds 1040 bytes, and the 3 before it held 2600/,
      ),
    ]);
    expect(Object.keys(await drop.facts("verified-eu-west-1"))).toContain("erp-2026-11-21.sql.gz");

    await drop.arrives("erp-2026-11-22.sql.gz", ofSize(90));
    expect(await drop.open()).toEqual([]);
  });

  test("one somewhat smaller, or of another job, is not suspect", async () => {
    const drop = await three();
    await drop.arrives("erp-2026-11-21.sql.gz", ofSize(51));
    await drop.arrives("hr-2026-11-21.sql.gz", ofSize(1));
    expect(await drop.open()).toEqual([]);
  });

  test("one of no known format, where all had one, is suspect", async () => {
    const drop = await putUpDrop();
    for (const day of [18, 19, 20]) await drop.arrives(`erp-2026-11-${day}`, zip({ a: "alpha" }));
    await drop.arrives("erp-2026-11-21", Buffer.from("no zip at all".repeat(20)));
    expect(await drop.open()).toEqual([
      expect.stringMatching(/its format is not known, and those before it were zip/),
    ]);
  });
});
