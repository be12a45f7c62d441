import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findingsPrefix, parseFindingKey } from "../../functions/catalog/keys.ts";
import type { HttpChannel } from "../../functions/core/environment.ts";
import { channelName } from "../../functions/core/environment.ts";
import { type Delivery, deliveriesTo, type Notice, noticeOf } from "../../functions/core/notice.ts";
import { deliver } from "../../functions/deliver/deliver.ts";
import { webhooksFrom } from "../../functions/webhooks/webhooks.ts";
import { AwsError } from "../../local/twin.ts";
import { putUp, raised, withChannels } from "../messages/place.ts";
import { type Reply, receiver, status } from "./receiver.ts";

const secretUrl = "https://hooks.example/services/T0SECRET/B0SECRET?key=VERYSECRET";
const secretKey = "4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a";
const slack: HttpChannel = { kind: "slack", secret: "holdfast/slack" };
const pagerDuty: HttpChannel = { kind: "pagerDuty", secret: "holdfast/pagerduty" };
const feishu: HttpChannel = { kind: "feishu", secret: "holdfast/feishu" };
const webhook: HttpChannel = { kind: "webhook", url: "https://acme.example/hook", secret: "holdfast/hmac" };

let place: Awaited<ReturnType<typeof setUp>>;
let printed: string;

async function setUp() {
  const environment = withChannels([slack, pagerDuty, feishu, webhook]);
  const own = await putUp(environment);
  const there = await receiver(status(200, "ok"));
  const secret = (Name: string, SecretString: string) =>
    own.call("secretsmanager", "CreateSecret", { Name, SecretString });
  await secret("holdfast/slack", secretUrl);
  await secret("holdfast/pagerduty", secretKey);
  await secret("holdfast/feishu", JSON.stringify({ url: secretUrl, sign: secretKey }));
  await secret("holdfast/hmac", secretKey);
  const published: unknown[] = [];
  const world = {
    ...own.world,
    publish: async (_type: string, detail: unknown) => {
      published.push(detail);
    },
    webhooks: webhooksFrom({
      secrets: own.world.secrets,
      fetch: there.fetch,
      now: own.world.now,
      timeoutMs: 300,
    }),
  };
  const findings = async () => {
    const names: string[] = [];
    for await (const { key } of world.catalog.list(findingsPrefix)) {
      const fact = parseFindingKey(key);
      if (fact) names.push(`${fact.id} ${fact.name}`);
    }
    return names;
  };
  return { ...own, ...there, world, findings, published };
}

beforeEach(async () => {
  place = await setUp();
  printed = "";
  const keep = (line: unknown) => {
    printed += `${inspect(line, { depth: 9, maxStringLength: null, breakLength: Number.POSITIVE_INFINITY })}\n`;
  };
  vi.spyOn(console, "log").mockImplementation(keep);
  vi.spyOn(console, "error").mockImplementation(keep);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await place.close();
  for (const secret of ["T0SECRET", "VERYSECRET", secretKey]) expect(printed).not.toContain(secret);
});

const inFiveMinutes = () => new Date(place.clock.now() + 300_000).toUTCString();

function messageTo(channel: HttpChannel, about: Partial<Notice> = {}): Delivery {
  const { environment, now } = place.world;
  const teller = {
    environment: environment.name,
    region: "eu-west-1",
    severity: "page",
    at: now().toISOString(),
  } as const;
  const [first] = deliveriesTo(channel, { ...noticeOf("RPO breached", "late", raised, teller), ...about });
  if (!first) throw new Error("nothing to deliver");
  return first;
}

/** Delivers as the queue would; what it throws, and after how many seconds at least it is shown again. */
async function tried(delivery: Delivery, lastTry = false) {
  let atLeastSeconds = 0;
  const call = {
    remainingMs: () => 60_000,
    lastTry,
    tryAgainAfter: (seconds: number) => {
      atLeastSeconds = seconds;
    },
  };
  try {
    await deliver(delivery, place.world, call);
    return { thrown: "", atLeastSeconds };
  } catch (thrown) {
    return { thrown: String(thrown), atLeastSeconds };
  }
}

describe("a message that is taken", () => {
  test("is posted to where the secret says, as JSON", async () => {
    await tried(messageTo(slack));
    const [{ host, path, headers, body } = { host: "", path: "", headers: {}, body: "" }] = place.received;
    expect(host + path).toBe("hooks.example/services/T0SECRET/B0SECRET?key=VERYSECRET");
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(JSON.parse(body)).toMatchObject({ text: "RPO breached" });
  });

  test("is not posted again when the queue gives it twice, or when it is told again", async () => {
    await tried(messageTo(slack));
    await tried(messageTo(slack));
    expect(place.received).toHaveLength(1);
  });

  test("is posted again after a crash before its receipt, rather than lost", async () => {
    place.twin.interceptors.push(async (call, proceed) => {
      if (call.operation === "PutObject") throw new AwsError("InternalError", "try again", 500);
      return proceed();
    });
    expect((await tried(messageTo(slack))).thrown).toContain("AWS answered InternalError");
    place.twin.interceptors.pop();
    await tried(messageTo(slack));
    expect(place.received).toHaveLength(2);
  });

  test("by one channel is still owed to another", async () => {
    await tried(messageTo(slack));
    place.replyWith(status(202, "{}"));
    await tried(messageTo(pagerDuty));
    expect(place.received.map(({ host }) => host)).toEqual(["hooks.example", "events.pagerduty.com"]);
  });
});

describe("what is refused for good", () => {
  const final: [what: string, reply: Reply, says: string][] = [
    ["a webhook that is gone", status(410, "channel_is_archived"), "it answered 410 (channel_is_archived)"],
    ["a key that is revoked", status(403, `you sent ${secretUrl}`), "it answered 403"],
    ["a message that it cannot read", status(400, "invalid_payload"), "it answered 400 (invalid_payload)"],
    ["a redirect", status(302, "", { location: "https://evil.example/" }), "redirects are not followed"],
  ];
  test.each(final)("%s is a finding at once, and not tried again", async (_what, reply, says) => {
    place.replyWith(reply);
    expect(await tried(messageTo(slack))).toEqual({ thrown: "", atLeastSeconds: 0 });
    expect(place.received).toHaveLength(1);
    const [opened = ""] = await place.findings();
    expect(opened).toMatch(/^page-channel-unusable\.account\.eu-west-1-slack-[0-9a-f]{8} opened$/);
    expect(printed).toContain(says);
    expect(place.published).toHaveLength(1);
  });

  test("a signature that does not match is one, though Feishu answers 200", async () => {
    place.replyWith(
      status(200, '{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}'),
    );
    await tried(messageTo(feishu));
    expect(printed).toContain("it answered with code 19021");
    expect(await place.findings()).toHaveLength(1);
  });

  test("a secret that does not exist, or holds nothing of use, is one, and nothing is posted", async () => {
    await place.call("secretsmanager", "PutSecretValue", {
      SecretId: "holdfast/slack",
      SecretString: "T0SECRET",
    });
    await tried(messageTo(slack));
    await place.call("secretsmanager", "DeleteSecret", {
      SecretId: "holdfast/pagerduty",
      ForceDeleteWithoutRecovery: true,
    });
    await tried(messageTo(pagerDuty));
    expect(place.received).toEqual([]);
    expect(await place.findings()).toHaveLength(2);
    expect(printed).toContain("the secret holdfast/slack holds an address that is not https");
  });

  test("is over with the next message that is taken, and a second refusal is not a second finding", async () => {
    place.replyWith(status(404));
    await tried(messageTo(slack));
    await tried(messageTo(slack, { id: "m-2" }));
    expect(await place.findings()).toHaveLength(1);
    place.replyWith(status(200, "ok"));
    await tried(messageTo(slack, { id: "m-3" }));
    expect((await place.findings()).map((one) => one.split(" ")[1])).toEqual(["ended", "opened"]);
  });

  test("a secret that was changed is read at the next message, not after minutes", async () => {
    place.replyWith(status(403));
    await tried(messageTo(slack));
    await place.call("secretsmanager", "PutSecretValue", {
      SecretId: "holdfast/slack",
      SecretString: "https://hooks.example/new",
    });
    place.replyWith(status(200, "ok"));
    await tried(messageTo(slack, { id: "m-2" }));
    expect(place.received.map(({ path }) => path).at(-1)).toBe("/new");
  });
});

describe("what may pass", () => {
  const passing: [what: string, reply: Reply, says: string, atLeastSeconds: number][] = [
    ["an error of theirs", status(500, "<html>"), "it answered 500", 0],
    ["too many at once", status(429, "", { "retry-after": "120" }), "it answered 429", 120],
    [
      "too many, for longer than a queue waits",
      status(429, "", { "retry-after": "90000" }),
      "it answered 429",
      3_600,
    ],
    [
      "closed until a date",
      (response) => response.writeHead(503, { "retry-after": inFiveMinutes() }).end(),
      "it answered 503",
      300,
    ],
    ["a connection that breaks", (response) => response.destroy(), "it could not be reached", 0],
    ["no answer in time", () => {}, "it did not answer within 0.3 s", 0],
    [
      "an answer without an end",
      (response) => response.writeHead(200).write("o"),
      "it did not answer within 0.3 s",
      0,
    ],
  ];
  test.each(passing)(
    "%s goes back to the queue, and wakes nobody",
    async (_what, reply, says, atLeastSeconds) => {
      place.replyWith(reply);
      const { thrown, ...rest } = await tried(messageTo(slack));

      expect(thrown).toContain(`slack holdfast/slack did not take a message: ${says}`);
      expect(rest.atLeastSeconds).toBe(atLeastSeconds);
      expect(await place.findings()).toEqual([]);
    },
  );

  test("and does not within all tries is a finding, while the message goes to the dead letters", async () => {
    place.replyWith(status(500));
    expect((await tried(messageTo(slack), true)).thrown).toContain("it answered 500");
    expect(await place.findings()).toHaveLength(1);
  });

  test("an answer of megabytes is not read to its end", async () => {
    place.replyWith((response) => {
      const chunk = Buffer.alloc(65_536, "x");
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
        response.once("drain", pour);
      };
      response.writeHead(200);
      pour();
    });
    expect((await tried(messageTo(slack))).thrown).toBe("");
  });

  test("a store of secrets that does not answer is tried again", async () => {
    place.twin.interceptors.push(async (call, proceed) => {
      if (call.operation === "GetSecretValue") throw new AwsError("InternalServiceError", "try again", 500);
      return proceed();
    });
    expect((await tried(messageTo(slack))).thrown).toContain("did not take a message");
    expect(await place.findings()).toEqual([]);
  });
});

test("a message for a channel that is not in the environment is dropped: it cannot name a secret of its own", async () => {
  const delivery = { ...messageTo(slack), channel: channelName({ ...slack, secret: "orders-db/password" }) };
  await tried(delivery);
  expect(place.received).toEqual([]);
  expect(printed).toContain("no such channel");
});

test("an alert that PagerDuty was told is over is not opened again by a try that comes late", async () => {
  place.replyWith(status(202, "{}"));
  await tried(messageTo(pagerDuty, { id: "ended", kind: "ended" }));
  await tried(messageTo(pagerDuty, { id: "opened" }));

  expect(place.received.map(({ body }) => JSON.parse(body).event_action)).toEqual(["resolve"]);
});

test("a message is signed with what the secret holds, which is read once in five minutes", async () => {
  let reads = 0;
  place.twin.interceptors.push(async (call, proceed) => {
    if (call.operation === "GetSecretValue") reads++;
    return proceed();
  });
  await tried(messageTo(webhook));
  await tried(messageTo(webhook, { id: "m-2" }));
  expect(reads).toBe(1);
  place.clock.advance(301_000);
  await tried(messageTo(webhook, { id: "m-3" }));
  expect(reads).toBe(2);
  expect(place.received[0]?.headers["holdfast-signature"]).toMatch(/^v1=[0-9a-f]{64}$/);
});
