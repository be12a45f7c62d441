import { expect, test } from "vitest";
import { acknowledge } from "../../functions/alert/acknowledge.ts";
import { findingsPrefix, messagesPrefix, parseFindingKey } from "../../functions/catalog/keys.ts";
import { readCode } from "../../functions/core/code.ts";
import local from "../../infra/environments/local.ts";
import { AwsError } from "../../local/twin.ts";
import { putUp, tell, type World } from "./house.ts";

const canary = { at: "09:00", timeZone: "Europe/Berlin" };

/** On the Sunday before the primary region's turn. */
async function putUpWithCanary() {
  const house = await putUp({ ...local, alerts: { ...local.alerts, canary } });
  const until = (instant: string) => house.clock.advance(Date.parse(instant) - house.clock.now());
  until("2026-11-22T12:00:00Z");
  const tests = () => house.outbox.messages.filter(({ text }) => text.includes("Nothing is wrong"));
  return { ...house, until, tests };
}

/** The facts of findings in a vault, as "kind fact". */
async function findings(world: World) {
  const facts: string[] = [];
  for await (const { key } of world.catalog.list(`${findingsPrefix}canary-unanswered.`)) {
    const fact = parseFindingKey(key);
    if (fact && (fact.name === "opened" || fact.name === "ended")) facts.push(`${fact.id} ${fact.name}`);
  }
  return facts;
}

/** The code that the last SMS asks for. */
function codeIn(text: string): string {
  const code = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(text)?.[0] ?? "";
  expect(readCode(code)).toBe(code);
  return code;
}

test("each Monday at its time `page` is sent one test, by the regions in turns, however many passes there are", async () => {
  const house = await putUpWithCanary();
  const { primary, recovery, until, tests } = house;
  const pass = async () => {
    for (const world of [primary, recovery, primary, recovery]) await tell(world);
  };
  await pass();
  until("2026-11-23T07:59:00Z");
  await pass();
  expect(tests()).toEqual([]);

  for (const monday of ["2026-11-23", "2026-11-30", "2026-12-07"]) {
    until(`${monday}T08:00:00Z`);
    await pass();
    until(`${monday}T20:00:00Z`);
    await pass();
  }

  expect(
    tests()
      .filter(({ protocol }) => protocol === "sms")
      .map(({ topicArn }) => topicArn?.split(":")[3]),
  ).toEqual([expect.stringMatching(/^eu-/), expect.stringMatching(/^eu-/), expect.stringMatching(/^eu-/)]);
  const regions = new Set(tests().map(({ topicArn }) => topicArn?.split(":")[3]));
  expect([...regions].sort()).toEqual(["eu-central-1", "eu-west-1"]);
  expect(tests().every(({ to }) => to !== "notify@acme.example")).toBe(true);
  expect(tests()[0]?.text).toContain("Nothing is wrong");
});

/** The region whose turn the Monday of these tests is, and the other one. */
async function sent() {
  const house = await putUpWithCanary();
  house.until("2026-11-23T08:00:00Z");
  await tell(house.primary);
  await tell(house.recovery);
  const [first] = house.tests();
  const own = first?.topicArn?.includes("eu-west-1") ? house.primary : house.recovery;
  const other = own === house.primary ? house.recovery : house.primary;
  return {
    ...house,
    own,
    other,
    code: codeIn(house.tests().find(({ protocol }) => protocol === "sms")?.text ?? ""),
  };
}

test("one that is acknowledged in time, by its code and from either region, is no finding", async () => {
  const { own, other, until, code } = await sent();
  for await (const { key } of own.catalog.list("catalog/acknowledgements/"))
    await other.catalog.mirror(own.catalog, key);
  await acknowledge({ code }, "ada", other);
  for await (const { key } of other.catalog.list(messagesPrefix))
    await own.catalog.mirror(other.catalog, key);

  until("2026-11-26T12:00:00Z");
  await tell(own);

  expect(await findings(own)).toEqual([]);
});

test("one that nobody acknowledges within two days is a finding, once, which its acknowledgement ends, however late", async () => {
  const { own, until, code } = await sent();
  until("2026-11-25T07:50:00Z");
  await tell(own);
  expect(await findings(own)).toEqual([]);

  until("2026-11-25T08:10:00Z");
  await tell(own);
  until("2026-11-25T08:20:00Z");
  await tell(own);
  expect(await findings(own)).toEqual([`canary-unanswered.account.${own.region} opened`]);

  await acknowledge({ code }, "ada", own);
  until("2026-11-25T08:30:00Z");
  await tell(own);
  expect(await findings(own)).toEqual([
    `canary-unanswered.account.${own.region} ended`,
    `canary-unanswered.account.${own.region} opened`,
  ]);
});

test("one that SNS does not take is tried again, and is told once then", async () => {
  const house = await putUpWithCanary();
  const { twin, until, primary, recovery, tests } = house;
  twin.interceptors.push(async (call, proceed) => {
    if (call.operation === "Publish") throw new AwsError("InternalError", "try again", 500);
    return proceed();
  });
  until("2026-11-23T08:00:00Z");
  const tries = await Promise.allSettled([tell(primary), tell(recovery)]);
  expect(tries.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);

  twin.interceptors.pop();
  for (const at of ["08:05", "08:06", "08:20"]) {
    until(`2026-11-23T${at}:00Z`);
    await tell(primary);
    await tell(recovery);
  }
  expect(tests().filter(({ protocol }) => protocol === "sms")).toHaveLength(1);
});

test("an environment without one sends none", async () => {
  const house = await putUp();
  house.clock.advance(Date.parse("2026-11-23T12:00:00Z") - house.clock.now());
  await tell(house.primary);
  await tell(house.recovery);
  expect(house.outbox.messages).toEqual([]);
});
