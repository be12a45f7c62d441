import { expect, test } from "vitest";
import { findingKey } from "../../functions/catalog/keys.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { findingId } from "../../functions/core/finding.ts";
import local from "../../infra/environments/local.ts";
import { AwsError } from "../../local/twin.ts";
import { breach, end, facts, mirror, open, putUp, tell } from "./house.ts";

const minuteMs = 60_000;

type House = Awaited<ReturnType<typeof putUp>>;

/** Makes calls of an operation fail, before or after they were carried out, until the answer is called. */
function failing({ twin }: House, operation: string, when: "before" | "after" = "before"): () => void {
  let fails = true;
  twin.interceptors.push(async (call, proceed) => {
    const mine = fails && call.operation === operation;
    if (mine && when === "before") throw new AwsError("InternalError", "try again", 500);
    const answer = await proceed();
    if (mine) throw new AwsError("InternalError", "try again", 500);
    return answer;
  });
  return () => {
    fails = false;
  };
}

test("a publish that fails fails the pass, is kept as a fact, and is made good a minute later", async () => {
  const house = await putUp();
  const { primary, outbox, clock } = house;
  await open(primary);
  const mend = failing(house, "Publish");

  await expect(tell(primary)).rejects.toMatchObject({ code: "unavailable" });
  expect(await facts(primary)).toEqual([
    "opened.json",
    "telling-eu-west-1-opened-1.json",
    "untold-eu-west-1-opened-1.json",
  ]);

  mend();
  clock.advance(minuteMs);
  await tell(primary);
  expect(outbox.messages).toHaveLength(2);
});

test("what fails on and on is tried less and less often, at least every ten minutes", async () => {
  const house = await putUp();
  const { primary, clock } = house;
  await open(primary);
  failing(house, "Publish");
  const tries: number[] = [];

  for (let minute = 0; minute <= 60; minute++) {
    const failed = await tell(primary).then(
      () => false,
      () => true,
    );
    if (failed) tries.push(minute);
    clock.advance(minuteMs);
  }

  expect(tries).toEqual([0, 1, 3, 7, 15, 25, 35, 45, 55]);
});

test("when one region cannot tell at all, the other one does, after its grace", async () => {
  const house = await putUp();
  const { primary, recovery, outbox, clock } = house;
  await open(primary);
  house.twin.interceptors.push(async (call, proceed) => {
    if (call.operation === "Publish" && call.region === "eu-west-1")
      throw new AwsError("InternalError", "try again", 500);
    return proceed();
  });
  await mirror(recovery);

  await expect(tell(primary)).rejects.toMatchObject({ code: "unavailable" });
  clock.advance(15 * minuteMs);
  await tell(recovery);
  expect(outbox.messages).toHaveLength(2);

  await mirror(primary);
  clock.advance(10 * minuteMs);
  await tell(primary);
  expect(outbox.messages, "and the first one leaves it at that").toHaveLength(2);
});

test("a crash after the publish repeats the message rather than lose it, once the claim has lapsed", async () => {
  const house = await putUp();
  const { primary, outbox, clock, twin } = house;
  await open(primary);
  let dead = false;
  twin.interceptors.push(async (call, proceed) => {
    if (dead) throw new Error("this pass is dead");
    const answer = await proceed();
    if (call.operation === "Publish" && outbox.messages.length === 2) dead = true;
    return answer;
  });
  await tell(primary).catch(() => undefined);
  dead = false;

  clock.advance(5 * minuteMs);
  await tell(primary);
  expect(outbox.messages, "nobody knows yet that it died").toHaveLength(2);

  clock.advance(minuteMs);
  await tell(primary);
  expect(outbox.messages).toHaveLength(4);
  expect(await facts(primary)).toContain("told-eu-west-1.json");
});

test("the end is told of what people may have heard of from a pass that died", async () => {
  const house = await putUp();
  const { primary, outbox, clock, twin } = house;
  await open(primary);
  let dead = false;
  twin.interceptors.push(async (call, proceed) => {
    if (dead) throw new Error("this pass is dead");
    const answer = await proceed();
    if (call.operation === "Publish" && outbox.messages.length === 2) dead = true;
    return answer;
  });
  await tell(primary).catch(() => undefined);
  dead = false;
  await end(primary);

  clock.advance(minuteMs);
  await tell(primary);

  expect(outbox.messages.at(-2)?.subject).toBe("(Holdfast local) Over: RPO breached: orders in eu-west-1");
});

test("a claim of which no answer came is known again by its maker", async () => {
  const house = await putUp();
  const { primary, outbox } = house;
  await open(primary);
  let first = true;
  house.twin.interceptors.push(async (call, proceed) => {
    const answer = await proceed();
    if (call.operation !== "PutObject" || !first) return answer;
    first = false;
    throw new AwsError("InternalError", "it happened, and nobody heard of it", 500);
  });

  await tell(primary);
  expect(outbox.messages).toHaveLength(2);
});

test("channels that were missed are tried again by themselves; the others got it, and do not get it again", async () => {
  const environment: Environment = {
    ...local,
    alerts: { ...local.alerts, page: [...local.alerts.page, { kind: "slack", secret: "holdfast/slack" }] },
  };
  const house = await putUp(environment);
  const { twin, primary, outbox, clock } = house;
  const posted: string[] = [];
  let queueFails = true;
  twin.register({
    name: "sqs",
    operations: {
      SendMessageBatch: (input) => {
        if (queueFails) throw new AwsError("InternalError", "try again", 500);
        const entries = input.Entries as { Id: string; MessageBody: string }[];
        posted.push(...entries.map(({ MessageBody }) => MessageBody));
        return { Successful: entries.map(({ Id }) => ({ Id, MessageId: `m${Id}` })), Failed: [] };
      },
    },
  });
  await open(primary);

  await expect(tell(primary)).rejects.toMatchObject({ code: "unavailable" });
  expect(outbox.messages, "SNS has it").toHaveLength(2);
  const key = findingKey(findingId(breach), breach.since, "untold-eu-west-1-opened-1");
  expect((await primary.catalog.readFinding(key)).missed).toEqual([expect.stringMatching(/^page\/.*slack/)]);

  queueFails = false;
  clock.advance(minuteMs);
  await tell(primary);
  expect(outbox.messages).toHaveLength(2);
  expect(posted).toHaveLength(1);
  expect(await facts(primary)).toContain("told-eu-west-1.json");
});

test("the end of its invocation keeps a pass from beginning what it could not finish", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);
  const { alert } = await import("../../functions/alert/alert.ts");

  await alert(primary, { remainingMs: () => 10_000 });
  expect(outbox.messages).toEqual([]);

  await tell(primary);
  expect(outbox.messages).toHaveLength(2);
});

test("a vault that never answers ends the pass in time, and says which it was", async () => {
  const { primary, twin } = await putUp();
  await open(primary);
  const { alert } = await import("../../functions/alert/alert.ts");
  twin.interceptors.push(async (call, proceed) =>
    call.operation.startsWith("List") ? new Promise<never>(() => undefined) : proceed(),
  );

  const problem = { code: "unavailable", message: "this region's vault did not answer within 1 s" };
  await expect(alert(primary, { remainingMs: () => 100 })).rejects.toMatchObject(problem);
});
