import { describe, expect, test } from "vitest";
import { whyNotAs } from "../../console/standing.ts";
import { ticksOf, timelineOf } from "../../console/timeline.ts";
import { verdictOf } from "../../console/verdict.ts";
import { emptyDraft, missingIn, wishOf } from "../../console/wish.ts";
import { bytes, rounded, shortWho, slotInstant } from "../../console/words.ts";
import { RestoreWish } from "../../functions/core/api/recovery.ts";
import type { PointView } from "../../functions/core/api/sources.ts";
import { samples } from "./samples.ts";

const nowMs = Date.parse("2026-11-21T12:00:00Z");

describe("words", () => {
  test("an age is said as people say it", () => {
    expect([42, 60, 119, 7_500, 90_061].map(rounded)).toEqual(["42s", "1m", "1m", "2h 5m", "1d 1h"]);
  });

  test("sizes are in binary units", () => {
    expect([0, 512, 1_536, 61 * 2 ** 30].map(bytes)).toEqual(["0 B", "512 B", "1.5 KiB", "61 GiB"]);
  });

  test("who acted is short in a table", () => {
    expect(shortWho("jwt:https://issuer/pool#abc")).toBe("abc");
    expect(shortWho("arn:aws:sts::1:assumed-role/oncall/oskar")).toBe("assumed-role/oncall/oskar");
  });

  test("an archive's point is at its slot's instant", () => {
    expect(slotInstant("20261121T0300Z-1a2b3c4d")).toBe("2026-11-21T03:00:00Z");
  });
});

describe("the verdict", () => {
  const { status } = samples(nowMs);
  const good = { ...status, ok: true, sources: status.sources.filter(({ state }) => state === "ok") };

  test("is yes only when everything was seen and is within its objectives", () => {
    expect(verdictOf(good, nowMs)).toMatchObject({ tone: "good", title: "Yes: 1 source within objectives" });
  });

  test("names what is late", () => {
    const { tone, title, reasons } = verdictOf(status, nowMs);
    expect({ tone, title }).toEqual({ tone: "bad", title: "No: 1 of 4 sources out of its objective" });
    expect(reasons[0]).toContain("5h 12m old");
  });

  test("is not known when the report is too old, also by the reader's clock alone", () => {
    expect(verdictOf({ ...good, stale: true }, nowMs).tone).toBe("unknown");
    const later = verdictOf(good, nowMs + 14 * 60_000);
    expect(later).toMatchObject({ tone: "unknown", title: "Not known: nobody has looked for 16m" });
  });

  test("is not known when a region was silent, though nothing is late", () => {
    const regions = [{ region: "eu-west-1", answered: false, reason: "it timed out" }];
    const { tone, reasons } = verdictOf({ ...good, ok: false, regions }, nowMs);
    expect(tone).toBe("unknown");
    expect(reasons).toContain("eu-west-1 does not answer: it timed out.");
  });

  test("is not yes while a source waits for its first point", () => {
    const sources = status.sources.filter(({ state }) => state === "ok" || state === "waiting");
    expect(verdictOf({ ...good, sources }, nowMs)).toMatchObject({
      ...{ tone: "unknown", title: "Not yet: 1 of 2 sources still waits for a first point" },
    });
  });

  test("says of findings one sentence for each source, however many there are", () => {
    const finding = (source: string, message: string) => ({
      ...{
        kind: "archive-damaged" as const,
        source,
        detail: "x",
        since: status.at,
        region: "eu-west-1",
        message,
      },
      fix: "Send it again.",
    });
    const findings = [
      finding("erp", "Of erp: a."),
      finding("erp", "Of erp: b."),
      finding("crm", `Of crm: ${"c".repeat(300)}`),
    ];
    const { tone, title, reasons } = verdictOf({ ...good, ok: false, findings }, nowMs);
    expect({ tone, title }).toEqual({ tone: "bad", title: "Not wholly: 3 findings open" });
    expect(reasons).toEqual(["Of erp: a. And 1 more.", expect.stringMatching(/^Of crm: c{151}…$/)]);
  });

  test("is never yes when the report is not ok", () => {
    expect(verdictOf({ ...good, ok: false }, nowMs).tone).not.toBe("good");
    expect(verdictOf({ ...good, sources: [] }, nowMs).tone).not.toBe("good");
  });
});

describe("a timeline", () => {
  const hour = 3_600_000;
  const point = (hoursAgo: number, more: Partial<PointView["places"][number]> = {}): PointView => {
    const iso = (ms: number) => new Date(ms).toISOString();
    const atMs = nowMs - hoursAgo * hour;
    const place = {
      region: "eu-west-1",
      role: "primary" as const,
      state: "present" as const,
      since: iso(atMs + hour / 4),
    };
    const view = {
      source: "orders",
      point: `p${hoursAgo}`,
      at: iso(atMs),
      intactIn: [],
      restorableIn: [],
      held: false,
    };
    return { ...view, places: [{ ...place, ...more }] };
  };
  const of = (points: PointView[], rpoHours = 2) =>
    timelineOf({
      ...{ points, drills: [], owed: [] },
      ...{ rpoSeconds: { "eu-west-1": rpoHours * 3_600 }, span: { fromMs: nowMs - 24 * hour, toMs: nowMs } },
      knownFromMs: nowMs - 24 * hour,
    });
  const lateHours = (points: PointView[]) =>
    of(points).lanes[0]?.late.map(({ fromMs, toMs }) => [(nowMs - fromMs) / hour, (nowMs - toMs) / hour]);

  test("shows nothing late while each point comes before the one before it is too old", () => {
    expect(lateHours([point(0.5), point(2), point(3.5)])).toEqual([]);
  });

  test("shows as late from the moment the newest was too old until the next was there", () => {
    expect(lateHours([point(0.5), point(6)])).toEqual([[4, 0.25]]);
  });

  test("shows as late until now where nothing has come since", () => {
    expect(lateHours([point(5)])).toEqual([[3, 0]]);
  });

  test("counts what has expired since, and never what failed", () => {
    expect(lateHours([point(0.5), point(2, { state: "expired" }), point(3.5)])).toEqual([]);
    expect(lateHours([point(0.5), point(2, { state: "failed" }), point(3.5)])).toEqual([[1.5, 0.25]]);
  });

  test("counts no later arrival of an older point as news", () => {
    const backfilled = point(9, { since: new Date(nowMs - hour).toISOString() });
    expect(lateHours([point(5), backfilled])).toEqual([[3, 0]]);
  });

  test("has few lines, at whole hours or days", () => {
    const ticks = ticksOf({ fromMs: nowMs - 30 * 24 * hour, toMs: nowMs });
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(ticks.every((ms) => ms % (24 * hour) === 0)).toBe(true);
  });
});

describe("a wish", () => {
  const valid = (draft: Parameters<typeof wishOf>[0]) => RestoreWish.parse(wishOf(draft));

  test("asks by default for the newest proved, under its own name, and replaces nothing", () => {
    expect(valid(emptyDraft("orders", "rds-instance", "eu-west-1", ""))).toEqual({
      ...{ source: "orders", region: "eu-west-1", wanted: { which: "latest" } },
    });
  });

  test("says only what means something for its kind", () => {
    const draft = {
      ...emptyDraft("uploads", "bucket", "eu-west-1", ""),
      target: "replace" as const,
      instanceClass: "db.m5.large",
    };
    expect(valid({ ...draft, which: "prefix", prefix: "a/" })).toEqual({
      ...{ source: "uploads", region: "eu-west-1", wanted: { which: "latest" }, select: { prefix: "a/" } },
    });
  });

  test("takes keys as they are, spaces and all", () => {
    const draft = {
      ...emptyDraft("uploads", "bucket", "eu-west-1", ""),
      which: "keys" as const,
      keys: " a \r\n\nb",
    };
    expect(valid(draft).select).toEqual({ keys: [" a ", "b"] });
  });

  test("reads an instant as UTC", () => {
    const draft = {
      ...emptyDraft("orders", "rds-instance", "eu-west-1", ""),
      moment: "time" as const,
      time: "2026-11-21T03:00",
    };
    expect(valid(draft).wanted).toEqual({ which: "time", at: "2026-11-21T03:00:00Z" });
  });

  test("says what is missing", () => {
    const draft = emptyDraft("nightly-erp", "archives", "eu-west-1", "");
    expect(missingIn(draft)).toBe("Write the bucket to restore into.");
    expect(missingIn({ ...draft, as: "acme-restored" })).toBeUndefined();
    expect(missingIn({ ...draft, as: "x", moment: "time" })).toBe("Write the instant, in UTC.");
  });
});

test("what somebody may do is shown disabled where their role is not enough, and never where only IAM knows", () => {
  expect(whyNotAs("operator", "admin")).toBe("Needs the role admin; you are operator.");
  expect(whyNotAs("admin", "operator")).toBeUndefined();
  expect(whyNotAs("iam", "admin")).toBeUndefined();
});
