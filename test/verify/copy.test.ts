import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AwsError, type Call } from "../../local/twin.ts";
import { putUpDrop, sha256 } from "./drop.ts";
import { dump } from "./samples.ts";

describe("a copy in the recovery region", () => {
  const bytes = gzipSync(dump);
  const copy = async () => {
    const drop = await putUpDrop();
    await drop.arrives("a.sql.gz", bytes);
    await drop.mirror();
    const point = Object.values(await drop.facts("available"))[0]?.point ?? "";
    const message = {
      source: "holdfast",
      "detail-type": "Archive Copy Requested",
      detail: { source: "erp", point },
    } as const;
    const at = { Bucket: drop.recovery.catalog.bucket, Key: `archives/erp/${point}/a.sql.gz` };
    return { ...drop, point, at, message };
  };

  test("is made, read again there, and recorded as copied and verified", async () => {
    const { run, message, recovery, facts } = await copy();
    await run(message, {}, recovery);
    await run(message, {}, recovery);

    expect(await facts("copied-eu-central-1", recovery)).toMatchObject({ "a.sql.gz": { fact: "copied" } });
    const { "a.sql.gz": verified } = await facts("verified-eu-central-1", recovery);
    expect(verified?.archive).toMatchObject({ bucket: recovery.catalog.bucket, sha256: sha256(bytes) });
  });

  test("that differs is made again; if it still differs it is a finding, which ends when it is right", async () => {
    const { run, message, recovery, s3, twin, at, open, facts } = await copy();
    const altered = Buffer.alloc(bytes.length, 7);
    await s3("PutObject", { ...at, Body: altered }, "eu-central-1");
    let broken = true;
    twin.interceptors.push(async (call: Call, proceed) => {
      const answer = await proceed();
      if (broken && call.operation === "CopyObject" && call.input.Key === at.Key) {
        await s3("PutObject", { ...at, Body: altered }, "eu-central-1");
      }
      return answer;
    });
    await run(message, {}, recovery);
    expect(await open(recovery)).toEqual([
      expect.stringMatching(/^archive-damaged: The copy of "erp\/a.sql.gz" in/),
    ]);
    expect(await facts("verified-eu-central-1", recovery)).toEqual({});

    broken = false;
    await run(message, {}, recovery);
    expect(await open(recovery)).toEqual([]);
    expect(Object.keys(await facts("verified-eu-central-1", recovery))).toEqual(["a.sql.gz"]);
  });

  test("needs no call to the primary region to be read again", async () => {
    const { run, message, recovery, twin } = await copy();
    await run(message, {}, recovery);
    twin.interceptors.push((call: Call, proceed) => {
      if (call.region === "eu-west-1") throw new AwsError("ServiceUnavailable", "away", 503);
      return proceed();
    });
    await run(message, {}, recovery);
  });
});
