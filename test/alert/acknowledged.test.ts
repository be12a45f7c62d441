import { expect, test } from "vitest";
import { acknowledge } from "../../functions/alert/acknowledge.ts";
import { findingId } from "../../functions/core/finding.ts";
import { queueName } from "../../functions/core/names.ts";
import { Delivery } from "../../functions/core/notice.ts";
import local from "../../infra/environments/local.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { breach, end, open, putUp, tell } from "./house.ts";

/** The local environment, with PagerDuty and Slack besides, and what lies in the primary region's queue of webhooks. */
async function putUpWithWebhooks() {
  const { page, notify } = local.alerts;
  const webhooks = [
    { kind: "pagerDuty", secret: "holdfast/pagerduty" },
    { kind: "slack", secret: "holdfast/slack" },
  ] as const;
  const house = await putUp({ ...local, alerts: { page: [...page, ...webhooks], notify } });
  house.twin.register(sqsService(house.twin));
  // biome-ignore lint/suspicious/noExplicitAny: each operation answers in its own form.
  const sqs = (operation: string, input: object): Promise<any> =>
    house.twin.call({
      service: "sqs",
      region: "eu-west-1",
      operation,
      input: { ...input },
      principal: "test",
    });
  const { QueueUrl } = await sqs("CreateQueue", { QueueName: queueName(local, "deliver") });
  const queued = async () => {
    const { Messages = [] } = await sqs("ReceiveMessage", {
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 43_200,
    });
    return Messages.map(({ Body }: { Body: string }) => {
      const { channel, notice } = Delivery.parse(JSON.parse(Body));
      return `${channel.split(" ")[0]} ${notice.kind}`;
    });
  };
  return { ...house, queued };
}

const what = { findingId: findingId(breach), since: breach.since };

test("PagerDuty hears that somebody acknowledged what it was told of, once, and nobody else does", async () => {
  const { primary, queued, clock, outbox } = await putUpWithWebhooks();
  await open(primary);
  await tell(primary);
  expect((await queued()).sort()).toEqual(["pagerDuty raised", "slack raised"]);
  const told = outbox.messages.length;

  await acknowledge(what, "ada", primary);
  clock.advance(60_000);
  await tell(primary);
  clock.advance(60_000);
  await tell(primary);

  expect(await queued()).toEqual(["pagerDuty acknowledged"]);
  expect(outbox.messages).toHaveLength(told);
});

test("what is over by then is resolved there, and not acknowledged", async () => {
  const { primary, queued, clock } = await putUpWithWebhooks();
  await open(primary);
  await tell(primary);
  await queued();

  await acknowledge(what, "ada", primary);
  await end(primary);
  clock.advance(60_000);
  await tell(primary);

  expect((await queued()).sort()).toEqual(["pagerDuty ended", "slack ended"]);
});

test("what was acknowledged long ago is not told by a function that has just started", async () => {
  const { primary, queued, clock } = await putUpWithWebhooks();
  await open(primary);
  await tell(primary);
  await queued();
  await acknowledge(what, "ada", primary);
  clock.advance(11 * 60_000);
  await tell(primary);
  expect(await queued()).toEqual([]);
});
