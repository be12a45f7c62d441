import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findingsPrefix, parseFindingKey } from "../../functions/catalog/keys.ts";
import { lookAtChannels } from "../../functions/channels/look.ts";
import { testChannels } from "../../functions/channels/test-channels.ts";
import { channelsNow, unusableKinds } from "../../functions/core/channel.ts";
import type { HttpChannel } from "../../functions/core/environment.ts";
import { topicName } from "../../functions/core/names.ts";
import { Problem } from "../../functions/core/problem.ts";
import { openFindings } from "../../functions/passes/findings.ts";
import { webhooksFrom } from "../../functions/webhooks/webhooks.ts";
import { AwsError } from "../../local/twin.ts";
import { receiver, status } from "../deliver/receiver.ts";
import { putUp, withChannels } from "../messages/place.ts";

const slack: HttpChannel = { kind: "slack", secret: "holdfast/slack" };
const pagerDuty: HttpChannel = { kind: "pagerDuty", secret: "holdfast/pagerduty" };
const environment = withChannels([pagerDuty], [slack]);
const [sms, address, ops] = ["+4915112345678", "oncall@acme.example", "ops@acme.example"];

let place: Awaited<ReturnType<typeof setUp>>;

async function setUp() {
  const own = await putUp(environment);
  const there = await receiver(status(202, "ok"));
  const secret = (Name: string, SecretString: string) =>
    own.call("secretsmanager", "CreateSecret", { Name, SecretString });
  await secret("holdfast/slack", "https://hooks.example/services/SECRET");
  await secret("holdfast/pagerduty", "0123456789abcdef0123456789abcdef");
  const spent: { usd: number | undefined | Problem } = { usd: undefined };
  const world = {
    ...own.world,
    publish: async () => {},
    smsSpend: async () => {
      if (spent.usd instanceof Problem) throw spent.usd;
      return spent.usd;
    },
    webhooks: webhooksFrom({ secrets: own.world.secrets, fetch: there.fetch, now: own.world.now }),
  };
  return { ...own, ...there, world, spent };
}

beforeEach(async () => {
  place = await setUp();
  vi.spyOn(console, "log").mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await place.close();
});

/** What a look found, as "state reason" by channel. */
async function looked(justDeployed = false) {
  const { channels } = await lookAtChannels(place.world, { justDeployed });
  return Object.fromEntries(channels.map(({ channel, state, reason }) => [channel, `${state}: ${reason}`]));
}

/** The facts of findings, as "kind fact". */
async function findings() {
  const facts: string[] = [];
  for await (const { key } of place.world.catalog.list(findingsPrefix)) {
    const fact = parseFindingKey(key);
    if (fact) facts.push(`${fact.id.replace(/-[0-9a-f]{8}$/, "")} ${fact.name}`);
  }
  return facts;
}

const topic = (severity: "page" | "notify") =>
  `arn:aws:sns:eu-west-1:${environment.account}:${topicName(environment, severity)}`;

/** Takes an address off a topic, as whoever follows the link at the end of each e-mail does. */
async function unsubscribe(severity: "page" | "notify", endpoint: string) {
  const { Subscriptions } = await place.call("sns", "ListSubscriptionsByTopic", {
    TopicArn: topic(severity),
  });
  const own = Subscriptions.find((one: { Endpoint: string }) => one.Endpoint === endpoint);
  await place.call("sns", "Unsubscribe", { SubscriptionArn: own.SubscriptionArn });
}

describe("a look at the channels of a region", () => {
  test("finds those that work in order, tells nobody, and writes it down for whoever asks", async () => {
    expect(await looked()).toEqual({
      [`sms ${sms}`]: "ok: it is subscribed; SMS have cost 0.00 of 1.00 USD this month",
      [`email ${address}`]: "ok: it is subscribed",
      "pagerDuty holdfast/pagerduty": "ok: its secret is there; what it takes, the next message tells",
      [`email ${ops}`]: "ok: it is subscribed",
      "slack holdfast/slack": "ok: its secret is there; what it takes, the next message tells",
    });
    expect(await findings()).toEqual([]);
    expect(await place.world.catalog.readChannels()).toMatchObject({
      region: "eu-west-1",
      channels: { length: 5 },
    });
    expect(place.received).toEqual([]);
  });

  test("pages for an address of page that was taken away, and ends it once it is there again", async () => {
    await unsubscribe("page", address);
    expect((await looked())[`email ${address}`]).toBe("failed: it is not subscribed to the topic any more");
    expect(await findings()).toEqual(["page-channel-unusable.account.eu-west-1-email opened"]);
    await looked();
    expect(await findings()).toHaveLength(1);
    await place.call("sns", "Subscribe", { TopicArn: topic("page"), Protocol: "email", Endpoint: address });
    place.clock.advance(60_000);
    await looked();
    expect(await findings()).toEqual([
      "page-channel-unusable.account.eu-west-1-email ended",
      "page-channel-unusable.account.eu-west-1-email opened",
    ]);
  });

  test("notifies of one of notify", async () => {
    await unsubscribe("notify", ops);
    await looked();
    expect(await findings()).toEqual(["channel-unusable.account.eu-west-1-email opened"]);
  });

  test("gives whoever is to confirm an address time after a deployment, and no more than that", async () => {
    await unsubscribe("notify", ops);
    place.twin.interceptors.push(async (call, proceed) => {
      const answer = (await proceed()) as { Subscriptions?: object[] };
      if (call.operation !== "ListSubscriptionsByTopic" || call.input.TopicArn !== topic("notify"))
        return answer;
      const pending = {
        Protocol: "email",
        Endpoint: "OPS@acme.example",
        SubscriptionArn: "PendingConfirmation",
      };
      return { Subscriptions: [...(answer.Subscriptions ?? []), pending] };
    });
    expect((await looked(true))[`email ${ops}`]).toBe("pending: its subscription was never confirmed");
    expect(await findings()).toEqual([]);
    await looked();
    expect(await findings()).toEqual(["channel-unusable.account.eu-west-1-email opened"]);
  });

  test("knows who unsubscribed while SNS still lists them", async () => {
    place.twin.interceptors.push(async (call, proceed) => {
      const answer = (await proceed()) as { Subscriptions?: { Endpoint: string }[] };
      if (call.operation !== "ListSubscriptionsByTopic") return answer;
      return {
        Subscriptions: answer.Subscriptions?.map((one) =>
          one.Endpoint === address ? { ...one, SubscriptionArn: "Deleted" } : one,
        ),
      };
    });
    expect((await looked())[`email ${address}`]).toBe("failed: somebody has unsubscribed it");
  });

  const ofSms: [what: string, done: () => void, says: RegExp][] = [
    [
      "in the sandbox",
      () => Object.assign(place.sms.of("eu-west-1"), { sandbox: true }),
      /^failed: SMS of .* sandbox/,
    ],
    [
      "in the sandbox, to a number that is verified there",
      () => Object.assign(place.sms.of("eu-west-1"), { sandbox: true, numbers: new Map([[sms, true]]) }),
      /^ok: /,
    ],
    [
      "to a number that has opted out",
      () => place.sms.of("eu-west-1").optedOut.add(sms),
      /^failed: .* opted out/,
    ],
    [
      "that have cost what they may",
      () => Object.assign(place.spent, { usd: 1.005 }),
      /^failed: .* 1\.00 of 1\.00 USD/,
    ],
    [
      "that have cost less than a limit that was raised",
      () => {
        place.spent.usd = 12;
        place.sms.of("eu-west-1").attributes.MonthlySpendLimit = "50";
      },
      /^ok: .* 12\.00 of 50\.00 USD/,
    ],
    [
      "whose cost CloudWatch does not tell",
      () => Object.assign(place.spent, { usd: new Problem("unavailable", "CloudWatch is silent", "Wait.") }),
      /^not known: CloudWatch is silent/,
    ],
  ];
  test.each(ofSms)("judges SMS %s", async (_what, done, says) => {
    done();
    expect((await looked())[`sms ${sms}`]).toMatch(says);
    expect(await findings()).toHaveLength(says.source.startsWith("^failed") ? 1 : 0);
  });

  test("neither opens nor ends anything about what it could not look at", async () => {
    await unsubscribe("page", address);
    await looked();
    place.twin.interceptors.push(async (call, proceed) => {
      if (call.service === "sns") throw new AwsError("InternalError", "try again", 500);
      return proceed();
    });
    const seen = await looked();
    expect(seen[`email ${address}`]).toMatch(/^not known/);
    expect(seen[`email ${ops}`]).toMatch(/^not known/);
    expect(await findings()).toEqual(["page-channel-unusable.account.eu-west-1-email opened"]);
  });

  test("finds a secret that is missing, and takes no secret alone for evidence that it works again", async () => {
    await place.call("secretsmanager", "DeleteSecret", {
      SecretId: "holdfast/slack",
      ForceDeleteWithoutRecovery: true,
    });
    expect((await looked())["slack holdfast/slack"]).toMatch(/^failed: secret holdfast\/slack: AWS answered/);
    await place.call("secretsmanager", "CreateSecret", {
      Name: "holdfast/slack",
      SecretString: "https://hooks.example/new",
    });
    expect((await looked())["slack holdfast/slack"]).toMatch(/^failed: The channel slack holdfast\/slack/);
    expect(await findings()).toEqual(["channel-unusable.account.eu-west-1-slack opened"]);
  });

  test("ends what is open about a channel that the environment no longer has", async () => {
    await unsubscribe("page", address);
    await looked();
    const { page, notify } = environment.alerts;
    const without = page.filter(({ kind }) => kind !== "email");
    place.world.environment = { ...environment, alerts: { page: without, notify } };
    await looked();
    expect((await findings())[0]).toBe("page-channel-unusable.account.eu-west-1-email ended");
  });
});

describe("a test of the channels", () => {
  test("sends one message down each and says so", async () => {
    const { channels } = await testChannels(place.world);
    expect(channels.map(({ channel, severity, state }) => `${severity} ${channel}: ${state}`)).toEqual([
      `page sms ${sms}: ok`,
      `page email ${address}: ok`,
      "page pagerDuty holdfast/pagerduty: ok",
      `notify email ${ops}: ok`,
      "notify slack holdfast/slack: ok",
    ]);
    expect(place.outbox.messages.map(({ to }) => to).sort()).toEqual([sms, address, ops].sort());
    expect(place.outbox.messages[0]?.text).toContain("Nothing is wrong");
    expect(place.received.map(({ host }) => host).sort()).toEqual([
      "events.pagerduty.com",
      "events.pagerduty.com",
      "hooks.example",
    ]);
  });

  test("leaves no alert open at PagerDuty", async () => {
    await testChannels(place.world);
    const events = place.received.flatMap(({ host, body }) =>
      host.includes("pagerduty") ? [JSON.parse(body)] : [],
    );
    expect(events.map(({ event_action }) => event_action)).toEqual(["trigger", "resolve"]);
    expect(events[0].dedup_key).toBe(events[1].dedup_key);
  });

  test("is the evidence that a webhook does not work, and that it works again", async () => {
    place.replyWith(status(404, "no_service"));
    const [bad] = (await testChannels(place.world)).channels.slice(-1);
    expect(bad).toMatchObject({ state: "failed", reason: "it answered 404 (no_service)" });
    expect(await openFindings(place.world, unusableKinds.notify, "account")).toHaveLength(1);
    place.replyWith(status(200, "ok"));
    place.clock.advance(60_000);
    await testChannels(place.world);
    expect(await openFindings(place.world, unusableKinds.notify, "account")).toEqual([]);
  });

  test("says of an address that was taken away that it is not reached, though SNS took the message", async () => {
    await unsubscribe("notify", ops);
    const { channels } = await testChannels(place.world);
    expect(channels.find(({ channel }) => channel === `email ${ops}`)).toMatchObject({ state: "failed" });
  });

  test("says what SNS says when it does not take it, and tries the others", async () => {
    place.twin.interceptors.push(async (call, proceed) => {
      if (call.operation === "Publish") throw new AwsError("AuthorizationErrorException", "no right", 403);
      return proceed();
    });
    const { channels } = await testChannels(place.world);
    expect(channels.map(({ state }) => state)).toEqual(["failed", "failed", "ok", "failed", "ok"]);
  });
});

test("whoever asks is told what is newer than the last look: a refusal since, and that it is over", async () => {
  await looked();
  const report = await place.world.catalog.readChannels();
  const now = async () => {
    const open = await openFindings(place.world, unusableKinds.notify, "account");
    return channelsNow(environment.alerts, "eu-west-1", report, open).at(-1)?.state;
  };
  expect(await now()).toBe("ok");
  place.replyWith(status(410));
  await testChannels(place.world);
  expect(await now()).toBe("failed");
  expect(channelsNow(environment.alerts, "eu-west-1", undefined, [])[0]).toMatchObject({
    state: "not known",
  });
});
