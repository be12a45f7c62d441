import { expect, test } from "vitest";
import { findingKey, parseFindingKey } from "../../functions/catalog/keys.ts";
import type { Finding } from "../../functions/core/finding.ts";
import type { Source } from "../../functions/core/source.ts";
import { reap } from "../../functions/reaper/reaper.ts";
import { AwsError } from "../../local/twin.ts";
import { crashAt } from "../durable.ts";
import type { Moment } from "../durable-invocation.ts";
import { cannedChecker } from "./canned.ts";
import { type Checker, orders, putUpDrills, rehearsed } from "./house.ts";

/*
 * A drill that is cut off anywhere goes on, and one that never goes on leaves nothing behind once the reaper was there.
 */
const ledger: Source = { name: "ledger", kind: "rds-cluster", cluster: "ledger", plan: rehearsed };
const hourMs = 3_600_000;

/** A house with a copied point of an instance or a cluster. */
async function houseOf(source: Source, checker: Checker = cannedChecker) {
  const house = await putUpDrills([source], { checker });
  const cluster = source.kind === "rds-cluster";
  const Engine = cluster ? "aurora-postgresql" : "postgres";
  const id = cluster ? { DBClusterIdentifier: "ledger" } : { DBInstanceIdentifier: "orders-db" };
  const master = { MasterUsername: "owner", MasterUserPassword: "not a secret" };
  await house.call("eu-west-1", cluster ? "CreateDBCluster" : "CreateDBInstance", {
    ...id,
    ...master,
    Engine,
  });
  if (cluster) {
    const member = { DBInstanceIdentifier: "ledger-1", DBInstanceClass: "db.r7g.large", Engine };
    await house.call("eu-west-1", "CreateDBInstance", { ...member, DBClusterIdentifier: "ledger" });
  }
  for (let passes = 0; passes < 4; passes++) await house.pass(10);
  return house;
}

/** Every moment at which a drill can be cut off, from one run of it. */
async function momentsOf(source: Source): Promise<number> {
  const house = await houseOf(source);
  const durable = house.execution({ source: source.name });
  await house.finish(durable);
  return durable.moments;
}

for (const source of [orders, ledger]) {
  test(`the history of a drill of ${source.kind} is as it is kept in the golden file`, async () => {
    const house = await houseOf(source);
    const durable = house.execution({ source: source.name });
    expect((await house.finish(durable)).outcome).toBe("passed");
    await expect(`${durable.history().join("\n")}\n`).toMatchFileSnapshot(`golden/drill-${source.kind}.txt`);
  });

  test(`${source.kind}: a crash at any moment changes nothing of how the drill ends`, async () => {
    const moments = await momentsOf(source);
    expect(moments).toBeGreaterThan(40);
    for (let count = 0; count < moments; count++) {
      const house = await houseOf(source);
      const durable = house.execution({ source: source.name }, { crash: crashAt(count) });
      expect(await house.finish(durable), `moment ${count}`).toMatchObject({ outcome: "passed" });
      expect(house.databases(), `moment ${count}`).toEqual([]);
    }
  }, 120_000);

  test(`${source.kind}: killed for good at any moment, it leaves nothing once the reaper was there, and that is told`, async () => {
    const moments = await momentsOf(source);
    for (let count = 0; count < moments; count++) {
      const house = await houseOf(source);
      let last: Moment | undefined;
      const durable = house.execution(
        { source: source.name },
        {
          crash: (at) => {
            last = at;
            if (at.count === count) durable.stop();
            return at.count === count;
          },
        },
      );
      await house.finish(durable).catch(() => {});
      const before = house.databases();
      for (let runs = 0; runs < 4; runs++) await reap(house.recovery);
      expect(house.databases(), "nothing is taken before its time").toEqual(before);
      house.clock.advance(40 * hourMs);
      // What was being deleted already went by itself.
      const left = house.databases();
      for (let runs = 0; runs < 4; runs++) {
        await reap(house.recovery);
        house.clock.advance(hourMs);
      }
      expect(house.databases(), `${last?.name} ${last?.when}`).toEqual([]);
      const findings = await leaks(house.recovery);
      expect(findings.length, `${last?.name} ${last?.when}`).toBe(left.length > 0 ? 1 : 0);
      for (const { ended } of findings) expect(ended).toBe(true);
    }
  }, 120_000);
}

test("a drill needs nothing of the primary region: with every call to it denied, it passes", async () => {
  const house = await houseOf(orders);
  let denied = 0;
  house.twin.interceptors.push(async (call, proceed) => {
    if (call.region !== "eu-west-1") return proceed();
    denied += 1;
    throw new AwsError("ServiceUnavailable", "the region does not answer", 503);
  });
  expect(await house.finish(house.execution())).toMatchObject({ outcome: "passed" });
  expect(denied).toBe(0);
  expect(house.databases()).toEqual([]);
});

test("the newest heartbeat in the clone says how much of the data is lost at most", async () => {
  const heartbeat = { secretArn: "arn:secret", subnetIds: [], securityGroupIds: [] };
  const asked: unknown[] = [];
  const house = await houseOf({ ...orders, heartbeat } as Source, async (request, world) => {
    asked.push(request.heartbeat);
    const report = (await cannedChecker(request, world)) as object;
    const newestHeartbeatAt = new Date(Date.parse(request.heartbeat?.pointAt ?? "") - 42_000).toISOString();
    return { ...report, newestHeartbeatAt };
  });
  await house.finish(house.execution());
  const fact = await house.certificate();
  expect(fact.dataLossSeconds).toBe(42);
  expect(asked[0]).toEqual({ intervalSeconds: 60, pointAt: expect.stringMatching(/^2026-11-21T03:/) });
});

test("more tables than an answer holds are told with fewer ranges each", async () => {
  const asked: number[] = [];
  const house = await houseOf(orders, async (request, world) => {
    asked.push(request.maxRanges);
    if (request.maxRanges > 8)
      throw Object.assign(new Error("6 MB"), { errorType: "Function.ResponseSizeTooLarge" });
    return cannedChecker(request, world);
  });
  expect(await house.finish(house.execution())).toMatchObject({ outcome: "passed" });
  expect(asked).toEqual([64, 8, 64, 8]);
});

test("a checker that fails breaks the drill off with its words, and nothing is left", async () => {
  const house = await houseOf(orders, async () => {
    throw new Error("Task timed out after 780.00 seconds");
  });
  expect(await house.finish(house.execution())).toMatchObject({
    outcome: "broken-off",
    reason: "holdfast-test-check failed: Task timed out after 780.00 seconds",
  });
  expect(house.databases()).toEqual([]);
});

test("what the checker finds wrong fails the drill without any difference, and a clone that nothing could be read of", async () => {
  const house = await houseOf(orders, async (request, world) => {
    const report = (await cannedChecker(request, world)) as { checks: object[] };
    const check = { name: "sql 1", outcome: "failed", value: "0", sentence: "sql 1 answers 0 instead of 5" };
    return { ...report, checks: [...report.checks, check] };
  });
  expect((await house.finish(house.execution())).reason).toBe("sql 1 answers 0 instead of 5");
  const silent = await houseOf(orders, async () => ({ checks: [], fingerprints: [], seconds: 1 }));
  expect(await silent.finish(silent.execution())).toMatchObject({
    outcome: "failed",
    reason: "nothing of it could be read",
  });
});

test("only one drill of a source runs at a time, and one that is over is not begun again", async () => {
  const house = await houseOf(orders);
  const first = house.execution();
  await first.run();
  const second = house.execution({ drill: "20261121T0500Z" });
  await expect(house.finish(second)).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringMatching(/^the drill 20261121T0400Z of "orders" is under way since /),
  });
  await house.finish(first);
  await expect(house.finish(house.execution())).rejects.toMatchObject({
    message: 'the drill 20261121T0400Z of "orders" is over',
  });
});

test("a restore that fails is no damage: the drill is broken off, with AWS's word for it, and nothing is left", async () => {
  const house = await houseOf(orders);
  house.rds.state.options.restoreFate = () => "incompatible-restore";
  expect(await house.finish(house.execution())).toEqual({
    source: "orders",
    drill: "20261121T0400Z",
    outcome: "broken-off",
    reason: 'test-orders-drill-20261121t0400z went to status "incompatible-restore"',
  });
  expect(house.databases()).toEqual([]);
});

test("the reaper takes nothing that is another environment's, has no time of ours, or is a source", async () => {
  const house = await houseOf(orders);
  const tag = (Key: string, Value: string) => ({ Key, Value });
  const past = tag("holdfast:expires-at", "2020-01-01T00:00:00Z");
  const make = (DBInstanceIdentifier: string, ...Tags: object[]) =>
    house.call("eu-central-1", "CreateDBInstance", { DBInstanceIdentifier, Engine: "postgres", Tags });
  await make("theirs", tag("holdfast:environment", "other"), tag("holdfast:drill", "orders-x"), past);
  await make("kept", tag("holdfast:environment", "test"), tag("holdfast:drill", "orders-x"));
  await make("somebodys", past);
  await make("no-owner", tag("holdfast:environment", "test"), past);
  await make(
    "young",
    tag("holdfast:environment", "test"),
    tag("holdfast:drill", "orders-x"),
    tag("holdfast:expires-at", "2099-01-01T00:00:00Z"),
  );
  await make("ours", tag("holdfast:environment", "test"), tag("holdfast:drill", "orders-x"), past);
  await reap(house.recovery);
  house.clock.advance(hourMs);
  await reap(house.recovery);
  expect(house.databases().sort()).toEqual(["kept", "no-owner", "somebodys", "theirs", "young"]);
});

test("what is left behind is told of its own source, not of one whose name its name only begins with", async () => {
  const house = await putUpDrills([orders, { ...orders, name: "orders-eu" }], { checker: cannedChecker });
  await house.call("eu-central-1", "CreateDBInstance", {
    ...{ DBInstanceIdentifier: "clone", Engine: "postgres" },
    Tags: [
      { Key: "holdfast:environment", Value: "test" },
      { Key: "holdfast:drill", Value: "orders-eu-drill-20261121T0400Z" },
      { Key: "holdfast:expires-at", Value: "2026-11-21T00:00:00Z" },
    ],
  });
  await reap(house.recovery);
  expect((await leaks(house.recovery)).map(({ finding }) => finding.source)).toEqual(["orders-eu"]);
});

/** The leaks that were found in the region, with whether each has ended. */
async function leaks({ catalog }: Awaited<ReturnType<typeof houseOf>>["recovery"]) {
  const found = new Map<string, { finding: Finding; ended: boolean }>();
  for await (const { key } of catalog.list("catalog/findings/clone-leaked.")) {
    const fact = parseFindingKey(key);
    if (fact?.name !== "opened") continue;
    const { finding } = await catalog.readFinding(key);
    const ended = await catalog.readFinding(findingKey(fact.id, fact.since, "ended")).then(
      () => true,
      () => false,
    );
    found.set(key, { finding, ended });
  }
  return [...found.values()];
}
