import { describe, expect, test } from "vitest";
import { acknowledge } from "../../functions/alert/acknowledge.ts";
import { alert } from "../../functions/alert/alert.ts";
import { findingKey } from "../../functions/catalog/keys.ts";
import { FindingFact } from "../../functions/core/fact.ts";
import { findingId } from "../../functions/core/finding.ts";
import { vaultName } from "../../functions/core/names.ts";
import local from "../../infra/environments/local.ts";
import { AwsError } from "../../local/twin.ts";
import { breach, end, facts, mirror, open, putUp, subjects, suspect, tell } from "./house.ts";

const minuteMs = 60_000;
const opened = "(Holdfast local) RPO breached: orders in eu-west-1";
const told = ["opened.json", "telling-eu-west-1-opened-1.json", "told-eu-west-1.json"];

test("an open finding is told once by e-mail and SMS, and that it was told is a fact", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);

  await tell(primary);

  expect(outbox.messages.map(({ protocol, to }) => [protocol, to])).toEqual([
    ["email", "page@acme.example"],
    ["sms", "+4915112345678"],
  ]);
  expect(outbox.messages[0]?.subject).toBe(opened);
  expect(outbox.messages[1]?.text).toBe(
    "Holdfast local: RPO breached: orders in eu-west-1. Run: holdfast status; look at the source's RDS or S3.",
  );
  expect(await facts(primary)).toEqual(told);
});

test("another pass does not repeat the message, nor do two at once", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);

  await Promise.all([tell(primary), tell(primary), tell(primary)]);
  await tell(primary);

  expect(outbox.messages).toHaveLength(2);
});

test("nothing is told where nothing is wrong", async () => {
  const { primary, recovery, outbox } = await putUp();

  await tell(primary);
  await tell(recovery);

  expect(outbox.messages).toEqual([]);
});

test("what can wait for the morning goes to `notify`, and wakes nobody", async () => {
  const { primary, outbox } = await putUp();
  await open(primary, suspect);

  await tell(primary);

  expect(outbox.messages.map(({ to }) => to)).toEqual(["notify@acme.example"]);
});

test("what heals by itself within minutes is told only when it lasts", async () => {
  const { primary, outbox, clock } = await putUp();
  await open(primary, { ...breach, kind: "source-missing" });

  await tell(primary);
  clock.advance(9 * minuteMs);
  await tell(primary);
  expect(outbox.messages).toEqual([]);

  clock.advance(minuteMs);
  await tell(primary);
  expect(outbox.messages).toHaveLength(2);
});

test("the end of what was told is told once", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);
  await tell(primary);
  await end(primary);

  await tell(primary);
  await tell(primary);

  expect(subjects(outbox, "page")).toEqual([
    opened,
    "(Holdfast local) Over: RPO breached: orders in eu-west-1",
  ]);
  expect(await facts(primary)).toContain("told-ended-eu-west-1.json");
});

test("what ended before anyone heard of it is not told at all", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);
  await end(primary);

  await tell(primary);

  expect(outbox.messages).toEqual([]);
  expect(await facts(primary)).toEqual(["ended.json", "opened.json"]);
});

test("a finding about the other region is left to it for a quarter of an hour, and told when it stays silent", async () => {
  const { recovery, outbox, clock } = await putUp();
  await open(recovery);

  await tell(recovery);
  clock.advance(14 * minuteMs);
  await tell(recovery);
  expect(outbox.messages).toEqual([]);

  clock.advance(minuteMs);
  await tell(recovery);
  expect(outbox.messages.map(({ topicArn }) => topicArn)).toEqual([
    "arn:aws:sns:eu-central-1:000000000000:holdfast-local-page",
    "arn:aws:sns:eu-central-1:000000000000:holdfast-local-page",
  ]);
  expect(outbox.messages[0]?.text).toContain("--region eu-central-1");
});

test("what the other region told is not told again here, be it mirrored already or not", async () => {
  const { primary, recovery, outbox, clock } = await putUp();
  await open(primary);
  await mirror(recovery);
  await tell(primary);

  clock.advance(20 * minuteMs);
  await tell(recovery);

  expect(outbox.messages).toHaveLength(2);
});

test("what ended or was acknowledged in the other region a moment ago is not told here", async () => {
  const { primary, recovery, outbox, clock } = await putUp();
  await open(primary);
  await open(primary, { ...breach, source: "uploads" });
  await tell(primary);
  await mirror(recovery);
  clock.advance(15 * minuteMs);
  await acknowledge({ findingId: findingId(breach), since: breach.since }, "ada", recovery);
  await end(recovery, { ...breach, source: "uploads" });

  await tell(primary);

  expect(outbox.messages.slice(4).map(({ protocol, subject }) => [protocol, subject])).toEqual([
    ["email", "(Holdfast local) Over: RPO breached: uploads in eu-west-1"],
    ["sms", undefined],
  ]);
});

test("the other region may be away: this one tells what it knows", async () => {
  const { twin, primary, outbox } = await putUp();
  await open(primary);
  twin.interceptors.push(async (call, proceed) => {
    if (call.region === "eu-central-1") throw new AwsError("ServiceUnavailable", "away", 503);
    return proceed();
  });

  await tell(primary);

  expect(outbox.messages).toHaveLength(2);
});

test("the other region may never answer: this one does not wait for it long", async () => {
  const { twin, primary, outbox } = await putUp();
  await open(primary);
  twin.interceptors.push((call, proceed) =>
    call.region === "eu-central-1" ? new Promise(() => undefined) : proceed(),
  );
  // It waits for a quarter of what is left of the invocation.
  const leftMs = [400];

  await alert(primary, { remainingMs: () => leftMs.shift() ?? 60_000 });

  expect(outbox.messages).toHaveLength(2);
});

describe("after a year of findings that are over", () => {
  /** Four findings a day, each told and over, as they lie in a vault: 8,760 facts. */
  async function aYear({ twin }: House, region: string): Promise<void> {
    for (let number = 0; number < 4 * 365; number++) {
      const sinceMs = Date.parse("2025-11-20T00:00:00Z") + number * 6 * 3_600_000;
      const names = ["opened", "ended", "acknowledged"] as const;
      const ours = [`telling-${region}-opened-1`, `told-${region}`, `told-ended-${region}`] as const;
      const Bucket = vaultName(local, region);
      for (const name of [...names, ...ours]) {
        const Key = findingKey(`archive-damaged.erp.file-${number}`, new Date(sinceMs).toISOString(), name);
        const put = { service: "s3", region, operation: "PutObject", principal: "test" } as const;
        await twin.call({ ...put, input: { Bucket, Key, Body: "{}" } });
      }
    }
  }

  async function callsOf(house: House, pass: () => Promise<unknown>): Promise<number> {
    let calls = 0;
    house.twin.interceptors.push((_call, proceed) => {
      calls += 1;
      return proceed();
    });
    await pass();
    house.twin.interceptors.pop();
    return calls;
  }

  test("a pass of telling makes as many calls as on the first day, with something to tell and without", async () => {
    const calls = async (house: House) => {
      await tell(house.primary);
      const quiet = await callsOf(house, () => tell(house.primary));
      await open(house.primary);
      const busy = await callsOf(house, () => tell(house.primary));
      expect(house.outbox.messages).toHaveLength(2);
      return { quiet, busy };
    };
    const [first, later] = [await putUp(), await putUp()];
    for (const region of ["eu-west-1", "eu-central-1"]) await aYear(later, region);
    later.clock.advance(2 * 3_600_000);

    const onTheFirstDay = await calls(first);
    expect(await calls(later)).toEqual(onTheFirstDay);
    expect(onTheFirstDay.quiet).toBeLessThanOrEqual(3);
  });

  test("what nobody left a mark of, and what an index has lost, is told within a day", async () => {
    const house = await putUp();
    await tell(house.primary);
    const finding = { ...breach, since: house.primary.now().toISOString() };
    const fact = { schema: 1, at: finding.since, fact: "opened", finding } as const;
    const key = findingKey(findingId(finding), finding.since, "opened");
    await house.primary.catalog.record(key, FindingFact, fact);
    await tell(house.primary);
    expect(house.outbox.messages).toEqual([]);

    house.clock.advance(24 * 3_600_000);
    await tell(house.primary);
    expect(house.outbox.messages).toHaveLength(2);
  });

  test("an index that cannot be read, or is another's, costs a listing and nothing else", async () => {
    const { primary, outbox } = await putUp();
    await tell(primary);
    await primary.catalog.writeIndex("episodes", "{");
    await open(primary);
    await tell(primary);
    expect(outbox.messages).toHaveLength(2);
  });
});

type House = Awaited<ReturnType<typeof putUp>>;
