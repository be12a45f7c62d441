import type { DrillFinishedFact } from "../functions/core/drill.ts";
import { cannedChecker } from "../test/drill/canned.ts";
import { orders, putUpDrills } from "../test/drill/house.ts";
import type { Operation } from "../test/durable-invocation.ts";
import type { Row } from "./row.ts";

/** What is drilled, and how long AWS takes for it: a guess that is on the side of dear. */
const database = { sizeGb: 100, restoreSeconds: 1_800, deleteSeconds: 600, changeSeconds: 300 };

/** What gp3 gives without more being paid for (RDS user guide, storage types), and one part of the checks. */
const [readMbPerSecond, partSeconds] = [125, 780];

/** USD, on demand, us-east-1, as published in 2026. An hour of storage and of a secret is a 730th of its month. */
const prices = {
  instanceHour: 0.016,
  storageGbMonth: 0.115,
  secretMonth: 0.4,
  lambdaGbSecond: 0.0000133334,
  durableOperation: 8 / 1e6,
  s3Write: 0.005 / 1e3,
  s3Read: 0.0004 / 1e3,
  kmsSignature: 0.15 / 1e4,
  endpointHour: 0.01,
  signingKeyMonth: 1,
};
const [hoursAMonth, drillsAMonth] = [730, 730 / (7 * 24)];

/**
 * What the weekly drill of an instance of 100 GB costs a month: its workflow runs in the stand-in, on a clock that moves
 * as AWS would have it, and its own calls, operations and hours are counted and priced.
 */
export async function benchDrill(): Promise<Row[]> {
  const { log } = console;
  // What the functions say is not what is measured.
  console.log = () => {};
  try {
    return await drillOnce();
  } finally {
    console.log = log;
  }
}

async function drillOnce(): Promise<Row[]> {
  const readSeconds = (database.sizeGb * 1_000) / readMbPerSecond;
  let leftSeconds = readSeconds;
  const house = await putUpDrills([orders], {
    ...{ restoreSeconds: () => database.restoreSeconds, deleteSeconds: () => database.deleteSeconds },
    changeSeconds: () => database.changeSeconds,
    checker: async (request, world) => {
      const seconds = Math.min(leftSeconds, partSeconds);
      leftSeconds -= seconds;
      house.clock.advance(seconds * 1_000);
      const report = (await cannedChecker(request, world)) as { next?: unknown };
      const { next: _, ...last } = report;
      return leftSeconds > 0 ? { ...last, next: { database: "shop", table: "public.a" } } : last;
    },
  });
  const about = { DBInstanceIdentifier: "orders-db", DBInstanceClass: "db.r6g.large", Engine: "postgres" };
  await house.call("eu-west-1", "CreateDBInstance", {
    ...about,
    MasterUsername: "postgres",
    MasterUserPassword: "not used",
  });
  for (let passes = 0; passes < 30 && house.started.size === 0; passes++) await house.pass(5);
  const calls = new Map<string, number>();
  house.twin.interceptors.push((call, proceed) => {
    const name = `${call.service}:${call.operation}`;
    calls.set(name, (calls.get(name) ?? 0) + 1);
    return proceed();
  });
  const beganMs = house.clock.now();
  const durable = house.execution();
  const { outcome } = await house.finish(durable);
  if (outcome !== "passed") throw new Error(`the drill ${outcome}`);
  const fact = await house.certificate();
  return rowsOf(fact, {
    calls,
    hours: (house.clock.now() - beganMs) / 3_600_000,
    operations: durable.operations,
  });
}

type Counted = { calls: Map<string, number>; hours: number; operations: Operation[] };

function rowsOf(
  { secondsToAvailable = 0, secondsToChecked = 0 }: DrillFinishedFact,
  { calls, hours, operations }: Counted,
): Row[] {
  const count = (pattern: RegExp) =>
    [...calls].reduce((sum, [name, times]) => sum + (pattern.test(name) ? times : 0), 0);
  // A step is one operation for each attempt, a poll one beside each of its looks (aws-facts, durable functions).
  const metered = operations.reduce(
    (sum, { kind, attempts }) => sum + attempts + (kind === "until" ? 1 : 0) + (kind === "wait" ? 1 : 0),
    0,
  );
  const billedHours = Math.max(hours - secondsToAvailable / 3_600, 1 / 6);
  // The checker computes while the workflow's invocation waits for it: half a GB each.
  const readSeconds = (database.sizeGb * 1_000) / readMbPerSecond;
  const parts: [string, number][] = [
    ["the clone's instance hours", billedHours * prices.instanceHour],
    [
      "its storage and its secret",
      hours * ((database.sizeGb * prices.storageGbMonth + prices.secretMonth) / hoursAMonth),
    ],
    ["Lambda", readSeconds * 2 * 0.5 * prices.lambdaGbSecond + metered * prices.durableOperation],
    [
      "S3 and KMS",
      count(/^s3:(Put|List)/) * prices.s3Write +
        count(/^s3:(Get|Head)/) * prices.s3Read +
        count(/^kms:Sign/) * prices.kmsSignature,
    ],
  ];
  const oneDrill = parts.reduce((sum, [, usd]) => sum + usd, 0);
  const standing = hoursAMonth * prices.endpointHour + prices.signingKeyMonth;
  const usd = (name: string, value: number): Row => ({ name, median: Number(value.toFixed(4)), unit: "USD" });
  return [
    {
      name: "a drill of 100 GB: until available",
      median: Math.round(secondsToAvailable / 60),
      unit: "minutes",
    },
    { name: "until checked", median: Math.round(secondsToChecked / 60), unit: "minutes" },
    { name: "durable operations", median: metered, unit: "" },
    {
      name: "calls",
      median: count(/./),
      unit: [...calls].map(([name, times]) => `${name} ${times}`).join(", "),
    },
    ...parts.map(([name, value]) => usd(name, value)),
    usd("one drill", oneDrill),
    usd("a month of weekly drills", oneDrill * drillsAMonth),
    usd("and, for all drills of a region together, the endpoint and the signing key", standing),
  ];
}
