import { expect, test } from "vitest";
import { alert } from "../../functions/alert/alert.ts";
import { findingsPrefix } from "../../functions/catalog/keys.ts";
import { type Finding, findingId } from "../../functions/core/finding.ts";
import { topicName } from "../../functions/core/names.ts";
import local from "../../infra/environments/local.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Outbox } from "../../local/services/outbox.ts";
import { s3Service } from "../../local/services/s3.ts";
import { snsService } from "../../local/services/sns.ts";
import { AwsError, Twin } from "../../local/twin.ts";
import { putUpVaults, worldIn } from "../worlds.ts";

const finding: Finding = {
  kind: "rpo-breached",
  source: "orders",
  detail: "eu-west-1",
  since: "2026-11-21T00:00:00Z",
  region: "eu-west-1",
  message: '"orders" is out of its RPO of 45m in eu-west-1.',
  fix: "Run: holdfast status; look at the source's RDS or S3.",
};
const event = { findingId: findingId(finding), since: finding.since };

/** Both regions with their vaults and topics, each topic with an e-mail and `page` with an SMS. */
async function putUp() {
  const twin = new Twin({ clock: new VirtualClock() });
  const outbox = new Outbox();
  const sns = snsService(twin, { outbox, autoConfirm: true });
  for (const service of [kmsService(twin), s3Service(twin, memoryBlobs()), sns]) twin.register(service);
  await putUpVaults(twin, local);
  for (const region of ["eu-west-1", "eu-central-1"]) {
    const call = (operation: string, input: Record<string, unknown>) =>
      twin.call({ service: "sns", region, operation, input, principal: "test" });
    for (const severity of ["page", "notify"] as const) {
      const TopicArn = `arn:aws:sns:${region}:${local.account}:${topicName(local, severity)}`;
      await call("CreateTopic", { Name: topicName(local, severity) });
      await call("Subscribe", { TopicArn, Protocol: "email", Endpoint: `${severity}@acme.example` });
      if (severity === "page")
        await call("Subscribe", { TopicArn, Protocol: "sms", Endpoint: "+4915112345678" });
    }
  }
  return {
    twin,
    outbox,
    primary: worldIn(twin, local, "eu-west-1"),
    recovery: worldIn(twin, local, "eu-central-1"),
  };
}

type World = Awaited<ReturnType<typeof putUp>>["primary"];

function open(world: World, what: Finding = finding): Promise<boolean> {
  return world.catalog.recordFinding("opened", { schema: 1, at: what.since, fact: "opened", finding: what });
}

function end(world: World): Promise<boolean> {
  const at = "2026-11-21T01:00:00Z";
  return world.catalog.recordFinding("ended", {
    schema: 1,
    at,
    fact: "ended",
    finding,
    reason: "It is right again.",
  });
}

async function facts(world: World): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of world.catalog.list(findingsPrefix)) names.push(key.split("/").at(-1) ?? "");
  return names;
}

test("an open finding is told once by e-mail and SMS, and that it was told is a fact", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);

  await alert(event, primary);

  expect(outbox.messages.map(({ protocol, to }) => [protocol, to])).toEqual([
    ["email", "page@acme.example"],
    ["sms", "+4915112345678"],
  ]);
  expect(outbox.messages[0]?.subject).toBe("(Holdfast local) RPO breached: orders in eu-west-1");
  expect(outbox.messages[1]?.text).toBe(
    "Holdfast local: RPO breached: orders in eu-west-1. Run: holdfast status; look at the source's RDS or S3.",
  );
  expect(await facts(primary)).toEqual(["opened.json", "told-eu-west-1.json"]);
});

test("a doubled event does not repeat the message", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);

  await alert(event, primary);
  await alert(event, primary);

  expect(outbox.messages).toHaveLength(2);
});

test("what can wait for the morning goes to `notify`, and wakes nobody", async () => {
  const { primary, outbox } = await putUp();
  const suspect = { ...finding, kind: "archive-suspect" as const };
  await open(primary, suspect);

  await alert({ ...event, findingId: findingId(suspect) }, primary);

  expect(outbox.messages.map(({ to }) => to)).toEqual(["notify@acme.example"]);
});

test("the end of what was told is told once", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);
  await alert(event, primary);
  await end(primary);

  await alert(event, primary);
  await alert(event, primary);

  expect(
    outbox.messages.filter(({ protocol }) => protocol === "email").map(({ subject }) => subject),
  ).toEqual([
    "(Holdfast local) RPO breached: orders in eu-west-1",
    "(Holdfast local) Over: RPO breached: orders in eu-west-1",
  ]);
  expect(await facts(primary)).toContain("told-ended-eu-west-1.json");
});

test("what ended before anyone heard of it is not told at all", async () => {
  const { primary, outbox } = await putUp();
  await open(primary);
  await end(primary);

  await alert(event, primary);

  expect(outbox.messages).toEqual([]);
  expect(await facts(primary)).toEqual(["ended.json", "opened.json"]);
});

test("what the other region told is not told again here, once its fact has been mirrored", async () => {
  const { primary, recovery, outbox } = await putUp();
  await open(primary);
  await alert(event, primary);
  for await (const { key } of primary.catalog.list(findingsPrefix))
    await recovery.catalog.mirror(primary.catalog, key);

  await alert(event, recovery);

  expect(outbox.messages).toHaveLength(2);
});

test("the recovery region tells by itself, through its own topics, when the primary one is silent", async () => {
  const { recovery, outbox } = await putUp();
  await open(recovery);

  await alert(event, recovery);

  expect(outbox.messages.map(({ topicArn }) => topicArn)).toEqual([
    "arn:aws:sns:eu-central-1:000000000000:holdfast-local-page",
    "arn:aws:sns:eu-central-1:000000000000:holdfast-local-page",
  ]);
  expect(outbox.messages[0]?.text).toContain("--region eu-central-1");
});

test("a publish that fails fails the task, records nothing, and is made good by the next try", async () => {
  const { twin, primary, outbox } = await putUp();
  await open(primary);
  let failing = true;
  twin.interceptors.push(async (call, proceed) => {
    if (failing && call.operation === "Publish") throw new AwsError("InternalError", "try again", 500);
    return proceed();
  });

  await expect(alert(event, primary)).rejects.toMatchObject({ code: "unavailable" });
  expect(await facts(primary)).toEqual(["opened.json"]);

  failing = false;
  await alert(event, primary);
  expect(outbox.messages).toHaveLength(2);
});

test("a crash after the publish repeats the message rather than lose it", async () => {
  const { twin, primary, outbox } = await putUp();
  await open(primary);
  let failing = true;
  twin.interceptors.push(async (call, proceed) => {
    if (failing && call.operation === "PutObject") throw new AwsError("InternalError", "try again", 500);
    return proceed();
  });

  await expect(alert(event, primary)).rejects.toMatchObject({ code: "unavailable" });
  failing = false;
  await alert(event, primary);

  expect(outbox.messages).toHaveLength(4);
  expect(await facts(primary)).toContain("told-eu-west-1.json");
});

test("an event about a finding that this vault does not know fails, so that it is tried again", async () => {
  const { primary } = await putUp();
  await expect(alert(event, primary)).rejects.toMatchObject({ code: "not-found" });
});
