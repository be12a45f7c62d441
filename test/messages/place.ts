import type { Channel, Environment } from "../../functions/core/environment.ts";
import type { Finding } from "../../functions/core/finding.ts";
import { queueName, topicName } from "../../functions/core/names.ts";
import { type About, Delivery } from "../../functions/core/notice.ts";
import local from "../../infra/environments/local.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Outbox } from "../../local/services/outbox.ts";
import { s3Service } from "../../local/services/s3.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { snsService } from "../../local/services/sns.ts";
import { smsAccounts } from "../../local/services/sns-sms.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { Twin } from "../../local/twin.ts";
import { putUpVaults, worldIn } from "../worlds.ts";

/** A finding with everything in it that could steer whoever reads it. */
export const finding: Finding = {
  kind: "rpo-breached",
  source: "orders",
  detail: "eu-west-1",
  since: "2026-11-21T00:00:00Z",
  region: "eu-west-1",
  message: '"orders" is out of its RPO of 45m in eu-west-1.',
  fix: "Run: holdfast status; look at the source's RDS or S3.",
};

/** That a finding opened. */
export const raised: About = { id: "m-1", kind: "raised", findings: [{ finding, priority: "P1" }] };

/** The environment of `npm start` with these channels besides its own. */
export function withChannels(page: Channel[], notify: Channel[] = []): Environment {
  const { alerts } = local;
  return { ...local, alerts: { page: [...alerts.page, ...page], notify: [...alerts.notify, ...notify] } };
}

/** A region of an environment with its vaults, topics and the queue of `deliver`. */
export async function putUp(environment: Environment, region = "eu-west-1") {
  const clock = new VirtualClock();
  const twin = new Twin({ clock });
  const outbox = new Outbox();
  const sms = smsAccounts();
  for (const service of [
    kmsService(twin),
    s3Service(twin, memoryBlobs()),
    snsService(twin, { outbox, autoConfirm: true, sms }),
    sqsService(twin),
    secretsService(twin),
  ])
    twin.register(service);
  await putUpVaults(twin, environment);
  // biome-ignore lint/suspicious/noExplicitAny: each operation answers in its own form.
  const call = (service: "sns" | "sqs" | "secretsmanager", operation: string, input: object): Promise<any> =>
    twin.call({ service, region, operation, input: { ...input }, principal: "test" });
  for (const severity of ["page", "notify"] as const) {
    const TopicArn = `arn:aws:sns:${region}:${environment.account}:${topicName(environment, severity)}`;
    await call("sns", "CreateTopic", { Name: topicName(environment, severity) });
    for (const channel of environment.alerts[severity]) {
      if (channel.kind === "email")
        await call("sns", "Subscribe", { TopicArn, Protocol: "email", Endpoint: channel.address });
      if (channel.kind === "sms")
        await call("sns", "Subscribe", { TopicArn, Protocol: "sms", Endpoint: channel.number });
    }
  }
  const { QueueUrl } = await call("sqs", "CreateQueue", { QueueName: queueName(environment, "deliver") });
  /** What lies in the queue of `deliver`. */
  const queued = async (): Promise<Delivery[]> => {
    const { Messages = [] } = await call("sqs", "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
    return Messages.map(({ Body }: { Body: string }) => Delivery.parse(JSON.parse(Body)));
  };
  return { twin, clock, outbox, sms, call, queued, world: worldIn(twin, environment, region) };
}
