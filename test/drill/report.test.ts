import { expect, test } from "vitest";
import { htmlOf } from "../../cli/report/html.ts";
import { markdownOf } from "../../cli/report/markdown.ts";
import { reportOf } from "../../cli/report/model.ts";
import type { UnsignedDrill } from "../../functions/core/drill.ts";
import type { Source } from "../../functions/core/source.ts";
import { signDrill } from "../../functions/signing/certificate.ts";
import { drillFact, signingKey } from "../signing/drill-fact.ts";
import { orders } from "./house.ts";

/*
 * What a report says, and that nothing in it can do more than be read.
 */
const key = await signingKey();
const now = new Date("2026-11-21T08:00:00Z");
const environment = { name: "prod", account: "111122223333" };

/** A report of drills that ended so, newest first. */
async function report(facts: Partial<UnsignedDrill>[], source: Source = orders, mismatches: string[] = []) {
  const ended = await Promise.all(
    facts.map(async (fact) => ({ fact: await signDrill(drillFact(fact), key), mismatches })),
  );
  return reportOf({ source, environment, region: "eu-central-1", now, ended });
}

const evil = `"><script>alert(1)</script>|x\n# heading [a](javascript:b) \u202e`;

test("texts of others are shown and do nothing, in HTML and in Markdown", async () => {
  const differences = [{ name: evil, sentence: evil }];
  const checks = [{ name: evil, outcome: "failed" as const, value: evil, sentence: evil }];
  const made = await report([{ outcome: "failed", reason: evil, differences, checks, tornDown: [evil] }]);
  const html = htmlOf(made);
  expect(html).not.toMatch(/<script|\u202e/);
  expect(html.match(/<[a-z]+/g)?.every((tag) => !/<(a|img|iframe|object|form)\b/.test(`${tag} `))).toBe(true);
  const markdown = markdownOf(made);
  expect(markdown).not.toMatch(/^# heading/m);
  expect(markdown).not.toContain("<script");
  expect(markdown).not.toMatch(/[^\\]\]\(javascript|\u202e/);
});

test("it says what was not proved as plainly as what was", async () => {
  const unproved = {
    name: "indexes shop",
    outcome: "unproved" as const,
    value: "",
    sentence: "amcheck is not available",
  };
  const { shown, verdict } = await report([{ checks: [unproved] }]);
  expect(verdict).toEqual({
    good: true,
    sentence:
      "The point 20261121T0300Z was restored and checked in eu-central-1 in 12m 35s, within the objective of 1h.",
  });
  expect(shown?.notProved).toEqual([
    "indexes shop: amcheck is not available",
    "That the data is the same elsewhere: this fingerprint is the first of its point.",
    "Of which minute the data is: the source has no heartbeat.",
  ]);
});

test("a drill that was too slow, was broken off, or whose record does not stand is not proved", async () => {
  const verdict = async (...about: Parameters<typeof report>) => (await report(...about)).verdict;
  expect(await verdict([{ secondsToChecked: 7_200 }])).toMatchObject({
    good: false,
    sentence: expect.stringContaining("in 2h, longer than the objective of 1h"),
  });
  expect(await verdict([{ outcome: "broken-off", reason: "no capacity" }])).toEqual({
    good: false,
    sentence: "The point 20261121T0300Z could not be rehearsed: no capacity.",
  });
  expect(
    await verdict([{}], orders, ["the signature is not that of this key over these contents"]),
  ).toMatchObject({
    good: false,
    sentence: expect.stringMatching(/^The record of the drill 20261121T0315Z does not stand: the signature/),
  });
  expect(await verdict([])).toEqual({
    good: false,
    sentence: 'No drill of "orders" has ended yet: nothing is proved.',
  });
});

test("a bucket's says how sure its sample makes one, and in what time it was read, which is not held to an RTO", async () => {
  const objects = {
    ...{
      bucket: "replica",
      objects: 12_000,
      bytes: 1_000_000,
      sampled: 545,
      confidence: 0.9961,
      damage: 0.01,
    },
    ...{ changed: 12, readBytes: 60_000, compared: 557, onlyRead: 0, unread: 0 },
  };
  const { database: _, fingerprint: __, secondsToAvailable: ___, rtoSeconds: ____, ...rest } = drillFact();
  const source: Source = {
    name: "uploads",
    kind: "bucket",
    bucket: "b",
    deletions: "keep",
    plan: orders.plan,
  };
  const fact = await signDrill(
    { ...rest, kind: "bucket", secondsToChecked: 7_200, objects, tornDown: [] },
    key,
  );
  const made = reportOf({ source, environment, region: "r", now, ended: [{ fact, mismatches: [] }] });
  expect(made.shown?.proved.at(-1)).toBe(
    "545 random objects of 12000 were read whole and are right: if 1 % of them were damaged, that would have been met with a certainty of 99.61 %.",
  );
  expect(made.verdict).toEqual({
    good: true,
    sentence: "The replica of the point 20261121T0300Z was read again in eu-central-1 in 2h.",
  });
  expect(made.trend).toMatchObject([{ seconds: 7_200, availableSeconds: 0 }]);
  expect(made.history).toMatchObject([{ took: "2h" }]);
  expect(made.shown?.facts).toContainEqual(["Time to checked", "2h"]);
  const html = htmlOf(made);
  expect(html).toContain('<title id="trend-title">Time to checked of 1 drill</title>');
  expect(html).toContain(": checked after 2h</title>");
  expect(`${html}${markdownOf(made)}`.replaceAll("RTO 1h", "")).not.toContain("RTO");
});

test("the chart shows each drill, in words too, for those who do not see it", async () => {
  const made = await report([
    { drill: "20261121T0315Z", secondsToChecked: 900 },
    { drill: "20261114T0315Z", secondsToChecked: 600, outcome: "failed", reason: "x" },
    { drill: "20261107T0315Z", secondsToChecked: 300 },
  ]);
  const html = htmlOf(made);
  expect(html).toContain('<title id="trend-title">Measured RTO of 3 drills</title>');
  expect(html).toContain("The newest took 15m, the longest 15m; the objective is 1h.");
  expect(html).toContain(
    "<title>20261114T0315Z: available after 8m 32s, checked after 10m, did not pass</title>",
  );
  expect(html.match(/<rect class="checked"/g)).toHaveLength(2);
  expect(html.match(/<rect class="bad"/g)).toHaveLength(1);
});
