import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decide } from "../../functions/core/decide.ts";
import { gatherPoints, type PointFactEntry } from "../../functions/core/point.ts";
import type { ArchivesSource } from "../../functions/core/source.ts";
import type { VerifyMessage } from "../../functions/verify/verify.ts";
import { environmentOf, situation } from "../core/situation.ts";
import { erp, putUpDrop } from "./drop.ts";

/*
 * Every archive's copy is read again within the plan's period, whatever happens to it meanwhile.
 */
const region = "eu-central-1";
const dayMs = 86_400_000;
const scrubbed: ArchivesSource = { ...erp, plan: { ...erp.plan, scrubSeconds: 90 * 86_400 } };
const pointOf = (index: number) => `20261101T${String(index).padStart(4, "0")}Z-0000000${index % 10}`;

/** What the recovery region decides at an instant, of archives that were verified there at these instants. */
function decided(
  now: string,
  readAt: Record<string, string[]>,
  source = scrubbed,
  asked = "2025-01-01T00:00:00Z",
) {
  const facts = Object.entries(readAt).flatMap(([point, [verified = "", ...checked]]): PointFactEntry[] => [
    { source: "erp", point, name: "verified-eu-west-1", storedAt: verified },
    { source: "erp", point, name: `copied-${region}`, storedAt: verified },
    { source: "erp", point, name: `verified-${region}`, storedAt: verified },
    ...checked.map((storedAt, id) => ({ source: "erp", point, name: `checked-${region}-${id}`, storedAt })),
  ]);
  const view = {
    region,
    now: new Date(now),
    observed: new Map(),
    points: gatherPoints(facts),
    redeclaredAt: new Map([["erp", asked]]),
  };
  const { actions, findings } = decide(situation(environmentOf(source), view));
  return {
    asked: actions.flatMap((action) => (action.do === "scrub" ? [`${action.point} ${action.attempt}`] : [])),
    late: findings.filter(({ kind }) => kind === "scrub-overdue"),
  };
}

describe("which copies are read again", () => {
  const first = "2026-01-01T00:00:00.000Z";

  test("those last read three quarters of the period ago, by a name that stays the same until they are", () => {
    const [a, b] = [pointOf(1), pointOf(2)];
    const read = { [a]: [first], [b]: [first, "2026-03-01T00:00:00.000Z"] };
    expect(decided("2026-03-09T11:59:59Z", read).asked).toEqual([]);
    const name = Date.parse(first) / 1_000;
    expect(decided("2026-03-09T12:00:00Z", read).asked).toEqual([`${a} ${name}`]);
    expect(decided("2026-03-20T00:00:00Z", read).asked).toEqual([`${a} ${name}`]);
  });

  test("ten in a pass, those first that were read longest ago, and only in the region where they are", () => {
    const read = Object.fromEntries(
      Array.from({ length: 25 }, (_, i) => [
        pointOf(i),
        [new Date(Date.parse(first) + (25 - i) * 1_000).toISOString()],
      ]),
    );
    const { asked } = decided("2027-01-01T00:00:00Z", read);
    expect(asked).toHaveLength(10);
    expect(asked[0]).toContain(pointOf(24));
    const { scrubSeconds: _, ...plan } = scrubbed.plan;
    expect(decided("2027-01-01T00:00:00Z", read, { ...scrubbed, plan }).asked).toEqual([]);
  });

  test("what was not read within the period is told, until it is", () => {
    const [a, b] = [pointOf(1), pointOf(2)];
    const read = { [a]: [first], [b]: ["2026-01-05T00:00:00.000Z"] };
    expect(decided("2026-04-01T00:00:00Z", read).late).toEqual([]);
    expect(decided("2026-04-01T00:00:01Z", read).late).toEqual([
      expect.objectContaining({
        since: "2026-04-01T00:00:00.000Z",
        message: `1 archive(s) of "erp" in ${region} were not read again within 90d, first ${a}.`,
      }),
    ]);
    // A plan that has just begun to ask for it has a quarter of the period to catch up.
    const asked = (now: string) => decided(now, read, scrubbed, "2026-03-20T00:00:00Z").late;
    expect(asked("2026-04-11T11:59:59Z")).toEqual([]);
    expect(asked("2026-04-11T12:00:00Z")).toHaveLength(1);
    const again = { ...read, [a]: [first, "2026-04-01T00:10:00.000Z"] };
    expect(decided("2026-04-01T00:10:01Z", again).late).toEqual([]);
  });
});

describe("reading one again", () => {
  const content = gzipSync("CREATE TABLE t (id int);\n");
  const scrub = (point: string, checkId: string): VerifyMessage => ({
    source: "holdfast",
    "detail-type": "Archive Scrub Requested",
    detail: { source: "erp", point, checkId },
  });
  /** A drop whose one archive is verified in both regions. */
  async function copied() {
    const drop = await putUpDrop();
    await drop.arrives("a.sql.gz", content);
    await drop.mirror();
    const [fact] = Object.values(await drop.facts("verified-eu-west-1"));
    const point = fact?.point ?? "";
    const copy = {
      source: "holdfast",
      "detail-type": "Archive Copy Requested",
      detail: { source: "erp", point },
    } as const;
    await drop.run(copy, {}, drop.recovery);
    drop.clock.advance(80 * dayMs);
    const Bucket = "holdfast-test-000000000000-eu-central-1";
    const Key = `archives/erp/${point}/a.sql.gz`;
    return { drop, point, Bucket, Key };
  }

  test("records that it is intact, once for each asking", async () => {
    const { drop, point } = await copied();
    let reads = 0;
    drop.twin.interceptors.push((call, proceed) => {
      if (call.operation === "GetObject" && String(call.input.Key).startsWith("archives/")) reads += 1;
      return proceed();
    });
    for (let asked = 0; asked < 3; asked++) await drop.run(scrub(point, "1"), {}, drop.recovery);
    expect(reads).toBe(1);
    const [fact] = Object.values(await drop.facts(`checked-${region}-1`, drop.recovery));
    expect(fact).toMatchObject({ fact: "verified", level: "intact" });
    expect(await drop.open(drop.recovery)).toEqual([]);
  });

  test("a copy that rotted is found, told, and made again from its source", async () => {
    const { drop, point, Bucket, Key } = await copied();
    await drop.s3("PutObject", { Bucket, Key, Body: Buffer.from(`x${content.subarray(1)}`) }, region);
    await drop.run(scrub(point, "1"), {}, drop.recovery);
    const [fact] = Object.values(await drop.facts(`checked-${region}-1`, drop.recovery));
    expect(fact).toMatchObject({
      fact: "failed",
      reason: expect.stringMatching(/^read again, its SHA-256 is [0-9a-f]{64}$/),
    });
    // Found and ended: the copy is right again.
    expect(drop.published.filter(({ type }) => type === "Finding Changed")).toHaveLength(2);
    expect(await drop.open(drop.recovery)).toEqual([]);
    await drop.run(scrub(point, "2"), {}, drop.recovery);
    expect(Object.values(await drop.facts(`checked-${region}-2`, drop.recovery))).toMatchObject([
      { fact: "verified" },
    ]);
  });

  test("one that cannot be made again stays a finding", async () => {
    const { drop, point, Bucket, Key } = await copied();
    await drop.s3("DeleteObject", { Bucket, Key }, region);
    await drop.s3("DeleteObject", { Bucket: "acme-dumps", Key: "erp/a.sql.gz" });
    const { Versions } = (await drop.s3("ListObjectVersions", { Bucket: "acme-dumps" })) as {
      Versions: { Key: string; VersionId: string }[];
    };
    for (const { Key, VersionId } of Versions)
      await drop.s3("DeleteObject", { Bucket: "acme-dumps", Key, VersionId });
    await expect(drop.run(scrub(point, "1"), {}, drop.recovery)).rejects.toThrow();
    expect(await drop.open(drop.recovery)).toEqual([expect.stringContaining("has SHA-256 gone;")]);
  });
});
