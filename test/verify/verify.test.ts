import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AwsError, type Call } from "../../local/twin.ts";
import { erp, putUpDrop, sha256 } from "./drop.ts";
import { dump, fixture, good, zstd } from "./samples.ts";

const bad = gzipSync(dump).subarray(0, 60);
const requested = (key: string, checkId: string) =>
  ({
    source: "holdfast",
    "detail-type": "Archive Verification Requested",
    detail: { source: "erp", key: `erp/${key}`, checkId },
  }) as const;
const sweep = {
  source: "holdfast",
  "detail-type": "Archives Sweep Requested",
  detail: { source: "erp", point: "20261121T0000Z" },
} as const;
describe("an archive arrives", () => {
  test.each(Object.entries(good))("intact, and is recorded with its digest: %s", async (name, bytes) => {
    const drop = await putUpDrop();
    await drop.arrives(name, bytes);

    const { [name]: verified } = await drop.facts("verified-eu-west-1");
    expect(verified).toMatchObject({ fact: "verified", level: "intact", region: "eu-west-1" });
    expect(verified?.archive).toMatchObject({
      bucket: erp.bucket,
      sha256: sha256(bytes),
      sizeBytes: bytes.length,
    });
    expect(Object.keys(await drop.facts("available"))).toEqual([name]);
    expect(await drop.open()).toEqual([]);
  });

  test("damaged, and is a finding that names it and the reason, told once however often the event comes", async () => {
    const drop = await putUpDrop();
    await drop.arrives("a.sql.gz", bad);
    await drop.run(drop.created("a.sql.gz"));

    expect(await drop.open()).toEqual([
      expect.stringMatching(
        /^archive-damaged: The archive "erp\/a.sql.gz" of "erp" is damaged: .*unexpected end of file/,
      ),
    ]);
    expect(await drop.facts("verified-eu-west-1")).toEqual({});
    const ids = drop.published.map(({ detail }) => detail.findingId);
    expect(new Set(ids).size).toBe(1);
  });

  test("in a format that cannot be proved, and is in doubt until a sidecar proves it", async () => {
    const drop = await putUpDrop();
    const bytes = fixture("encrypted.zip");
    await drop.arrives("a.zip", bytes);
    expect(await drop.open()).toEqual([
      expect.stringMatching(/^archive-suspect: .* is in doubt: .*2 of its 2 entries/),
    ]);
    expect(await drop.facts("verified-eu-west-1")).toEqual({});

    await drop.arrives("a.zip.sha256", `${sha256(bytes)}  a.zip\n`);

    expect(await drop.open()).toEqual([]);
    const { "a.zip": verified } = await drop.facts("verified-eu-west-1");
    expect(verified?.archive?.evidence).toContain("Its SHA-256 is the one in a.zip.sha256.");
  });

  test("in no known format, and the evidence says how little that proves", async () => {
    const drop = await putUpDrop();
    await drop.arrives("data.bin", "anything");

    const { "data.bin": verified } = await drop.facts("verified-eu-west-1");
    expect(verified?.archive?.evidence?.join()).toMatch(
      /proved is only that these are the bytes that arrived/,
    );
  });

  test("twice, and is read once", async () => {
    const drop = await putUpDrop();
    let reads = 0;
    drop.twin.interceptors.push((call: Call, proceed) => {
      if (call.operation === "GetObject" && call.input.Key === "erp/a.sql.gz") reads++;
      return proceed();
    });
    await drop.arrives("a.sql.gz", gzipSync(dump));
    await drop.run(drop.created("a.sql.gz"));

    expect(reads).toBe(1);
  });

  test("and is gone before its event, which is no finding", async () => {
    const drop = await putUpDrop();
    await drop.run(drop.created("never.gz"));
    expect(await drop.open()).toEqual([]);
  });

  test("outside every drop, and is left alone", async () => {
    const drop = await putUpDrop();
    const message = drop.created("a.gz");
    if (message["detail-type"] !== "Object Created") throw new Error("not the event of an object");
    message.detail.object.key = "other/a.gz";
    await drop.run(message);
    expect(await drop.facts("available")).toEqual({});
  });
});

describe("a finding about an archive", () => {
  test("ends when a later archive of the same job arrives intact, and not by another job's", async () => {
    const drop = await putUpDrop();
    await drop.arrives("orders-2026-11-20.sql.gz", bad);
    await drop.arrives("stock-2026-11-21.sql.gz", gzipSync(dump));
    expect(await drop.open()).toHaveLength(1);

    await drop.arrives("orders-2026-11-21.sql.gz", gzipSync(dump));

    expect(await drop.open()).toEqual([]);
    expect(drop.published.at(-1)).toMatchObject({ type: "Finding Changed" });
  });

  test("that has ended is not opened by its event coming once more", async () => {
    const drop = await putUpDrop();
    await drop.arrives("a-1.sql.gz", bad);
    await drop.arrives("a-2.sql.gz", gzipSync(dump));

    await drop.run(drop.created("a-1.sql.gz"));

    expect(await drop.open()).toEqual([]);
  });
});

describe("when reading fails", () => {
  const failing = async (times: number, fault: () => Promise<unknown>) => {
    const drop = await putUpDrop();
    await drop.put("a.sql.gz", gzipSync(dump));
    drop.twin.interceptors.push((call: Call, proceed) =>
      call.operation === "GetObject" && call.input.Key === "erp/a.sql.gz" && times-- > 0
        ? fault()
        : proceed(),
    );
    return drop;
  };
  const slowDown = () => Promise.reject(new AwsError("SlowDown", "Please reduce your request rate.", 503));

  test("the message goes back to the queue, and nothing is said yet", async () => {
    const drop = await failing(1, slowDown);
    await expect(drop.run(drop.created("a.sql.gz"))).rejects.toMatchObject({ code: "throttled" });
    expect(await drop.open()).toEqual([]);

    await drop.run(drop.created("a.sql.gz"));
    expect(Object.keys(await drop.facts("verified-eu-west-1"))).toEqual(["a.sql.gz"]);
  });

  test("on the last try it is a finding, which ends when a sweep can read it", async () => {
    const drop = await failing(1, slowDown);
    await expect(drop.run(drop.created("a.sql.gz"), { lastTry: true })).rejects.toMatchObject({
      code: "throttled",
    });
    expect(await drop.open()).toEqual([expect.stringMatching(/^archive-unverified: /)]);

    await drop.run(sweep);
    expect(await drop.open()).toEqual([]);
  });

  test("an object that is longer than the time of an invocation is unread, not damaged", async () => {
    const drop = await failing(0, slowDown);
    const call = { remainingMs: () => 10_000, lastTry: true };
    await expect(drop.run(drop.created("a.sql.gz"), call)).rejects.toMatchObject({ code: "unavailable" });
    expect(await drop.open()).toEqual([expect.stringMatching(/could be read in time/)]);
  });
});

describe("a sweep", () => {
  test("verifies what has no outcome, and reads nothing else again", async () => {
    const drop = await putUpDrop();
    await drop.arrives("known.sql.gz", gzipSync(dump));
    await drop.arrives("damaged.sql.gz", bad);
    await drop.put("lost-event.sql.zst", zstd(dump));
    const reads: string[] = [];
    drop.twin.interceptors.push((call: Call, proceed) => {
      const key = String(call.input.Key);
      if (/^(Get|Head)Object$/.test(call.operation) && key.startsWith("erp/"))
        reads.push(`${call.operation} ${key}`);
      return proceed();
    });

    await drop.run(sweep);

    expect(reads.filter((read) => read.startsWith("GetObject"))).toEqual([
      "GetObject erp/lost-event.sql.zst",
    ]);
    expect(reads.filter((read) => /known|damaged/.test(read))).toEqual([]);
    expect(Object.keys(await drop.facts("verified-eu-west-1")).sort()).toEqual([
      "known.sql.gz",
      "lost-event.sql.zst",
    ]);
  });

  test("leaves the rest to another invocation when its time runs out", async () => {
    const drop = await putUpDrop();
    for (const name of ["a.gz", "b.gz"]) await drop.put(name, gzipSync(name));

    await drop.run(sweep, { remainingMs: () => 200_000 });

    expect(Object.keys(await drop.facts("verified-eu-west-1"))).toEqual(["a.gz"]);
    expect(drop.published).toContainEqual({ type: "Archives Sweep Requested", detail: sweep.detail });
  });

  test("does not stop at an archive that cannot be read", async () => {
    const drop = await putUpDrop();
    for (const name of ["a.gz", "b.gz"]) await drop.put(name, gzipSync(name));
    drop.twin.interceptors.push((call: Call, proceed) => {
      if (call.operation === "GetObject" && call.input.Key === "erp/a.gz")
        throw new AwsError("SlowDown", "", 503);
      return proceed();
    });

    await expect(drop.run(sweep)).rejects.toMatchObject({ code: "throttled" });
    expect(Object.keys(await drop.facts("verified-eu-west-1"))).toEqual(["b.gz"]);
  });
});

describe("a request to read again", () => {
  test("is answered by a fact of its own, intact or not", async () => {
    const drop = await putUpDrop();
    await drop.arrives("a.sql.gz", gzipSync(dump));
    await drop.arrives("b.sql.gz", bad);

    await drop.run(requested("a.sql.gz", "1"));
    await drop.run(requested("b.sql.gz", "2"));

    expect(await drop.facts("checked-eu-west-1-1")).toMatchObject({ "a.sql.gz": { fact: "verified" } });
    expect(await drop.facts("checked-eu-west-1-2")).toMatchObject({ "b.sql.gz": { fact: "failed" } });
  });
});
