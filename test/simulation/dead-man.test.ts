import { afterEach, expect, test } from "vitest";
import { deploy } from "./deployed.ts";

/*
 * The dead man's switch, over the assembly as it is deployed: what docs/runbook.md#alarm-watch-silent promises.
 */
const [primary, recovery] = ["eu-west-1", "eu-central-1"] as const;
/** A quarter of an hour without a trace, and what CloudWatch takes to see it. */
const boundMinutes = 17;
const silent = (region: string) => `ALARM: "holdfast-test-watch-${region}-silent"`;

let deployed: Awaited<ReturnType<typeof deploy>> | undefined;
afterEach(() => deployed?.close());

/** A deployment that has lived in peace for an hour. */
async function atPeace() {
  deployed = await deploy();
  await deployed.live(60);
  expect(deployed.pages()).toEqual([]);
  return deployed;
}

test("for five hours in which all is well nobody is paged, and every alarm is OK", async () => {
  const { live, call, pages, access } = await atPeace();
  await live(4 * 60);
  expect(pages()).toEqual([]);
  for (const region of [primary, recovery]) {
    const { MetricAlarms } = (await call("monitoring", region, "DescribeAlarms", { MaxRecords: 100 })) as {
      MetricAlarms: { AlarmName: string; StateValue: string }[];
    };
    expect(MetricAlarms.length).toBeGreaterThan(20);
    expect(MetricAlarms.filter(({ StateValue }) => StateValue !== "OK")).toEqual([]);
  }
  expect(access.refusals).toEqual([]);
});

test("what the watch embeds in its log is in each region's CloudWatch, by source and place", async () => {
  const { call } = await atPeace();
  for (const region of [primary, recovery]) {
    const asked = { Namespace: "Holdfast", MetricName: "RegionAnswered" };
    const { Metrics } = (await call("monitoring", region, "ListMetrics", asked)) as {
      Metrics: { Dimensions: object }[];
    };
    expect(Metrics.map(({ Dimensions }) => Dimensions)).toEqual(
      [primary, recovery].map((Value) => [
        { Name: "Environment", Value: "test" },
        { Name: "Place", Value },
      ]),
    );
  }
});

test.each([
  ["primary", primary, recovery],
  ["recovery", recovery, primary],
])(
  "every schedule, rule and function of the %s region is gone: the other region pages within its bound, and when all is back tells that it is over",
  async (_role, gone, other) => {
    const { strip, minutesToPage, load, live, pages } = await atPeace();
    await strip(gone);
    expect(await minutesToPage(other, silent(gone))).toBeLessThanOrEqual(boundMinutes);

    await load();
    await live(20);
    const ends = pages().filter(({ region, text }) => region === other && text.startsWith('"OK: '));
    expect(ends.map(({ text }) => text)).toEqual([
      expect.stringContaining(`OK: holdfast-test-watch-${gone}-silent in ${other}, over since`),
    ]);
  },
);

test.each([
  ["primary", primary, recovery],
  ["recovery", recovery, primary],
])(
  "the whole %s region answers nothing any more: the other one pages within its bound",
  async (_role, gone, other) => {
    const { dead, minutesToPage, pages } = await atPeace();
    dead.add(gone);
    expect(await minutesToPage(other, silent(gone))).toBeLessThanOrEqual(boundMinutes);
    // From a region that is gone nothing can be heard, and what is well in the other is not blamed.
    expect(pages().map(({ region, text }) => [region, text.split('"')[1]])).toEqual([
      [other, `holdfast-test-watch-${gone}-silent`],
    ]);
  },
);

test.each([
  ["primary", primary, recovery],
  ["recovery", recovery, primary],
])(
  "the watch of the %s region alone is gone: both regions page within their bound",
  async (_role, gone, other) => {
    const { call, minutesToPage, pages } = await atPeace();
    await call("lambda", gone, "DeleteFunction", { FunctionName: "holdfast-test-watch" });
    expect(await minutesToPage(other, silent(gone))).toBeLessThanOrEqual(boundMinutes);
    const regions = pages().filter(({ text }) => text.startsWith(silent(gone)));
    expect(regions.map(({ region }) => region).sort()).toEqual([recovery, primary]);
  },
);

test("a watch that runs and never comes to its end leaves no trace either", async () => {
  const { call, minutesToPage, environment } = await atPeace();
  // Nobody reads or writes a vault that is gone.
  const Bucket = `holdfast-${environment.name}-${environment.account}-${primary}`;
  const { Versions = [] } = (await call("s3", primary, "ListObjectVersions", { Bucket })) as {
    Versions?: { Key: string; VersionId: string }[];
  };
  for (const { Key, VersionId } of Versions)
    await call("s3", primary, "DeleteObject", { Bucket, Key, VersionId });
  await call("s3", primary, "DeleteBucket", { Bucket });
  expect(await minutesToPage(recovery, silent(primary))).toBeLessThanOrEqual(boundMinutes);
});

test("one pass that is missed pages nobody", async () => {
  const { call, live, pages, load } = await atPeace();
  const { Schedules } = (await call("scheduler", primary, "ListSchedules")) as {
    Schedules: { Name: string; Target: { Arn: string } }[];
  };
  const watches = Schedules.find(({ Target }) => Target.Arn.endsWith("-watch"));
  await call("scheduler", primary, "DeleteSchedule", { Name: watches?.Name });
  await live(8);
  await load();
  await live(30);
  expect(pages()).toEqual([]);
});
