import { alert } from "../../functions/alert/alert.ts";
import { findingsPrefix } from "../../functions/catalog/keys.ts";
import type { Finding } from "../../functions/core/finding.ts";
import { topicName } from "../../functions/core/names.ts";
import local from "../../infra/environments/local.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Outbox } from "../../local/services/outbox.ts";
import { s3Service } from "../../local/services/s3.ts";
import { snsService } from "../../local/services/sns.ts";
import { Twin } from "../../local/twin.ts";
import { putUpVaults, worldIn } from "../worlds.ts";

/** A finding of the primary region that wakes people. */
export const breach: Finding = {
  kind: "rpo-breached",
  source: "orders",
  detail: "eu-west-1",
  since: "2026-11-21T00:00:00Z",
  region: "eu-west-1",
  message: '"orders" is out of its RPO of 45m in eu-west-1.',
  fix: "Run: holdfast status; look at the source's RDS or S3.",
};

/** Both regions with their vaults and topics, each topic with an e-mail and `page` with an SMS. */
export async function putUp(environment = local) {
  const clock = new VirtualClock();
  const twin = new Twin({ clock });
  const outbox = new Outbox();
  const sns = snsService(twin, { outbox, autoConfirm: true });
  for (const service of [kmsService(twin), s3Service(twin, memoryBlobs()), sns]) twin.register(service);
  await putUpVaults(twin, environment);
  for (const region of ["eu-west-1", "eu-central-1"]) {
    const call = (operation: string, input: Record<string, unknown>) =>
      twin.call({ service: "sns", region, operation, input, principal: "test" });
    for (const severity of ["page", "notify"] as const) {
      const TopicArn = `arn:aws:sns:${region}:${environment.account}:${topicName(environment, severity)}`;
      await call("CreateTopic", { Name: topicName(environment, severity) });
      await call("Subscribe", { TopicArn, Protocol: "email", Endpoint: `${severity}@acme.example` });
      if (severity === "page")
        await call("Subscribe", { TopicArn, Protocol: "sms", Endpoint: "+4915112345678" });
    }
  }
  return {
    twin,
    clock,
    outbox,
    primary: worldIn(twin, environment, "eu-west-1"),
    recovery: worldIn(twin, environment, "eu-central-1"),
  };
}

/** What a region's functions are given. */
export type World = Awaited<ReturnType<typeof putUp>>["primary"];

/** A finding that can wait for the morning. */
export const suspect: Finding = { ...breach, kind: "archive-suspect", detail: "one" };

/** So many findings of that kind, each its own. */
export function many(count: number, kind: Finding["kind"] = "archive-damaged"): Finding[] {
  return Array.from({ length: count }, (_, index) => ({
    ...breach,
    kind,
    detail: `archive-${index}`,
    message: `The archive "erp/${index}.tar" is damaged.`,
  }));
}

/** One pass of telling in a region. */
export function tell(world: World): Promise<void> {
  return alert(world, { remainingMs: () => 60_000 });
}

/** The subjects of the e-mails that were delivered, to an address. */
export function subjects(outbox: Outbox, to: "page" | "notify"): (string | undefined)[] {
  return outbox.messages
    .filter((one) => one.protocol === "email" && one.to === `${to}@acme.example`)
    .map(({ subject }) => subject);
}

/** Brings all facts of the other vault into a region's, as its reconciler does. */
export async function mirror(world: World): Promise<void> {
  for await (const { key } of world.otherCatalog.list("catalog/"))
    await world.catalog.mirror(world.otherCatalog, key);
}

/** Records that something is wrong. */
export function open(world: World, finding: Finding = breach): Promise<boolean> {
  return world.catalog.recordFinding("opened", {
    schema: 1,
    at: finding.since,
    fact: "opened",
    finding,
  });
}

/** Records that it is over. */
export function end(world: World, finding: Finding = breach): Promise<boolean> {
  return world.catalog.recordFinding("ended", {
    schema: 1,
    at: world.now().toISOString(),
    fact: "ended",
    finding,
    reason: "It is right again.",
  });
}

/** The names of all facts about findings in a region's vault. */
export async function facts(world: World): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of world.catalog.list(findingsPrefix)) names.push(key.split("/").at(-1) ?? "");
  return names;
}
