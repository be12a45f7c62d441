import { expect, test } from "vitest";
import { noticeOf } from "../../functions/core/notice.ts";
import type { Message } from "../../functions/messages/topics.ts";
import { AwsError, type Twin } from "../../local/twin.ts";
import { finding, putUp, raised, withChannels } from "./place.ts";

const message: Message = { subject: "RPO breached", email: "orders is late.\n", sms: "orders is late" };
const slack = { kind: "slack", secret: "holdfast/slack" } as const;
const pagerDuty = { kind: "pagerDuty", secret: "holdfast/pagerduty" } as const;

/** Makes every call of an operation fail. */
function failing(twin: Twin, operation: string) {
  twin.interceptors.push(async (call, proceed) => {
    if (call.operation === operation) throw new AwsError("InternalError", "try again", 500);
    return proceed();
  });
}

test("a message goes to people through SNS and, once for each channel that is posted to, into the queue", async () => {
  const { world, outbox, queued } = await putUp(withChannels([slack, pagerDuty]));

  const told = await world.tell("page", message, raised);

  expect(told).toEqual({
    messageIds: [expect.any(String), expect.any(String), expect.any(String)],
    missed: [],
  });
  expect(outbox.messages.map(({ to }) => to)).toEqual(["+4915112345678", "oncall@acme.example"]);
  expect((await queued()).map(({ channel, notice }) => [channel, notice.id, notice.severity])).toEqual([
    ["slack holdfast/slack", "m-1", "page"],
    ["pagerDuty holdfast/pagerduty", "m-1", "page"],
  ]);
});

test("a severity hears only of what is its own", async () => {
  const { world, queued } = await putUp(withChannels([pagerDuty], [slack]));

  await world.tell("notify", message, raised);

  expect((await queued()).map(({ channel }) => channel)).toEqual(["slack holdfast/slack"]);
});

test("a queue that does not answer keeps nobody's telephone silent, and what was missed can be told alone", async () => {
  const { twin, world, outbox, queued } = await putUp(withChannels([slack]));
  failing(twin, "SendMessageBatch");

  const told = await world.tell("page", message, raised);

  expect(told.missed).toEqual(["slack holdfast/slack"]);
  expect(outbox.messages).toHaveLength(2);

  twin.interceptors.pop();
  expect(await world.tell("page", message, raised, told.missed)).toMatchObject({ missed: [] });
  expect(outbox.messages).toHaveLength(2);
  expect(await queued()).toHaveLength(1);
});

test("SNS that does not answer keeps no webhook silent", async () => {
  const { twin, world, queued } = await putUp(withChannels([slack]));
  failing(twin, "Publish");

  expect(await world.tell("page", message, raised)).toMatchObject({ missed: ["sns"] });
  expect(await queued()).toHaveLength(1);
});

test("a message that no channel could be handed is refused, so that it is told again", async () => {
  const { twin, world } = await putUp(withChannels([slack]));
  failing(twin, "Publish");
  failing(twin, "SendMessageBatch");

  await expect(world.tell("page", message, raised)).rejects.toMatchObject({ code: "unavailable" });
});

test("PagerDuty gets an event for each finding of a storm, each under the name that its end will have", async () => {
  const { world, queued } = await putUp(withChannels([pagerDuty, slack]));
  const findings = ["orders", "ledger", "uploads"].map((source) => ({
    finding: { ...finding, source },
    priority: "P1" as const,
  }));

  await world.tell("page", message, { id: "storm-1", kind: "raised", findings });

  const queue = await queued();
  expect(queue.map(({ channel, notice }) => [channel.split(" ")[0], notice.findings.length])).toEqual([
    ["pagerDuty", 1],
    ["pagerDuty", 1],
    ["pagerDuty", 1],
    ["slack", 3],
  ]);
  expect(new Set(queue.map(({ notice }) => notice.id)).size).toBe(4);
});

test("PagerDuty gets no digest and no canary, which would be incidents there", async () => {
  const { world, queued } = await putUp(withChannels([pagerDuty]));
  for (const kind of ["digest", "canary"] as const)
    await world.tell("page", message, { id: `${kind}-1`, kind, findings: [] });
  expect(await queued()).toEqual([]);
});

test("the largest message that there can be fits into a queue", () => {
  const long = "語".repeat(5_000);
  const findings = Array.from({ length: 1_000 }, (_, index) => ({
    finding: { ...finding, detail: String(index), message: long, fix: long },
    priority: "P1" as const,
    ended: { at: finding.since, reason: long },
  }));
  const teller = { environment: "prod", region: "eu-west-1", severity: "page", at: finding.since } as const;

  const notice = noticeOf(long, long.repeat(9), { ...raised, findings }, teller);

  expect(Buffer.byteLength(JSON.stringify(notice))).toBeLessThan(262_144);
  expect(notice.findings.length + notice.more).toBe(1_000);
});

test("what others have named cannot hide or turn around what is told", () => {
  const evil = { ...finding, message: "orders\u202e\u0000\n is <late> password=hunter2" };
  const about = { ...raised, findings: [{ finding: evil, priority: "P1" as const }] };
  const teller = { environment: "prod", region: "eu-west-1", severity: "page", at: finding.since } as const;

  const [first] = noticeOf("s", "t", about, teller).findings;

  expect(first?.finding.message).toBe("orders??? is <late> password=(removed)");
});
