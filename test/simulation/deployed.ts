import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { App } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { EmbeddedDocument } from "../../functions/core/embedded-metrics.ts";
import { type Environment, otherRegion } from "../../functions/core/environment.ts";
import { functionName } from "../../functions/core/names.ts";
import { bucketSizesAt } from "../../functions/metrics/bucket-sizes.ts";
import { heartbeatFrom } from "../../functions/metrics/watch-heartbeat.ts";
import { watch } from "../../functions/watch/watch.ts";
import { addStacks } from "../../infra/stacks.ts";
import { appContext } from "../../infra/templates.ts";
import { loadAssembly } from "../../local/assembly.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { AccessControl } from "../../local/iam.ts";
import { connect } from "../../local/in-process.ts";
import { cloudWatchService } from "../../local/services/cloudwatch.ts";
import { embeddedIn } from "../../local/services/cloudwatch-embedded.ts";
import { eventsService } from "../../local/services/events.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Lambda } from "../../local/services/lambda.ts";
import type { FunctionSpec } from "../../local/services/lambda-function.ts";
import { Outbox } from "../../local/services/outbox.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { schedulerService } from "../../local/services/scheduler.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { snsService } from "../../local/services/sns.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { AwsError, type ServiceName, Twin } from "../../local/twin.ts";
import { watchWorldIn } from "../watch/house.ts";
import { fleet } from "./fleet.ts";

/** A Lambda whose functions run in this process. */
class Here extends Lambda {
  run: (spec: FunctionSpec) => NonNullable<FunctionSpec["run"]> = () => async () => null;

  override create(spec: FunctionSpec): void {
    super.create({ ...spec, run: this.run(spec) });
  }
}

/** A small environment with somebody to page. */
export const paged: Environment = {
  ...fleet(1, 0),
  alerts: { page: [{ kind: "sms", number: "+4915112345678" }], notify: [] },
};

/** The pages that went out: when, from which region, and what they say. */
export type Page = { atMs: number; region: string; text: string };

/**
 * The environment's assembly as it would be deployed, in the stand-in, on a clock of its own: its schedules run its
 * functions under their roles, its alarms are evaluated. Of the functions only the watch does what it does; that the
 * others run is all that their alarms see.
 */
export async function deploy(environment = paged) {
  const { directory, remove } = assemblyOf(environment);
  const clock = new VirtualClock();
  const twin = new Twin({ account: environment.account, clock });
  const outbox = new Outbox();
  const lambda = new Here(twin, () => {});
  const access = new AccessControl(twin);
  const dead = new Set<string>();
  /** A region that is gone answers nobody, and nothing in it reaches anybody. */
  twin.interceptors.push((call, proceed) => {
    if (!dead.has(call.region) && !dead.has(call.principal.split("@")[1] ?? "")) return proceed();
    throw new AwsError("ServiceUnavailable", "the region is gone", 503);
  });
  twin.interceptors.push(access.interceptor);
  const plain = [cloudWatchService, kmsService, eventsService, schedulerService, secretsService];
  const services = [
    ...plain.map((make) => make(twin)),
    ...[s3Service(twin, memoryBlobs()), rdsService(twin), sqsService(twin, { url: "" })],
    ...[snsService(twin, { outbox, autoConfirm: true }), lambda.service],
  ];
  for (const service of services) twin.register(service);
  const call = (service: ServiceName, region: string, operation: string, input: object = {}) =>
    twin.call({ service, region, operation, input: { ...input }, principal: "somebody" });
  const DBInstanceIdentifier = "db0";
  await call("rds", environment.primaryRegion, "CreateDBInstance", {
    ...{ DBInstanceIdentifier, StorageEncrypted: true },
  });

  let running = 0;
  lambda.run = ({ name, arn }) => {
    const region = arn.split(":")[3] ?? "";
    if (name !== functionName(environment, "watch")) return async () => ({ batchItemFailures: [] });
    const principal = `${name}@${region}`;
    const cloudWatch = (at: string) =>
      connect(new CloudWatchClient({ region: at }), { twin, service: "monitoring", region: at, principal });
    const [here, there] = [cloudWatch(region), cloudWatch(otherRegion(environment, region))];
    const now = () => new Date(clock.now());
    const world = {
      ...watchWorldIn(twin, environment, region, { principal }),
      leaveHeartbeat: heartbeatFrom(environment, region, { here, there }),
      measure: (documents: readonly EmbeddedDocument[]) => {
        for (const document of documents)
          for (const measure of embeddedIn(JSON.stringify(document), region)) twin.measure(measure);
      },
      bucketSizes: { here: bucketSizesAt(here, now), there: bucketSizesAt(there, now) },
    };
    return async () => {
      running++;
      await watch(world).finally(() => running--);
    };
  };
  const load = () =>
    loadAssembly(directory, {
      ...{ twin, lambda, access, account: twin.account },
      runtimeVariables: () => ({}),
      customResource: async () => {},
    });
  await load();

  const pages = (): Page[] =>
    outbox.messages.map(({ at, topicArn = "", text }) => ({
      atMs: Date.parse(at),
      region: topicArn.split(":")[3] ?? "",
      text,
    }));
  /** Lets minutes go by, and everything that they set going come to its end. */
  const live = async (minutes: number): Promise<void> => {
    for (const end = clock.now() + minutes * 60_000; clock.now() < end; ) {
      clock.advanceTo(Math.min(end, clock.nextMs ?? end));
      for (let turns = 0; turns < 200 && (turns < 2 || running > 0); turns++) await turn();
    }
  };
  return {
    ...{ environment, clock, twin, access, dead, call, pages, load },
    live,
    /** Minutes from now until the region first pages with this in the text; undefined if it does not within an hour. */
    async minutesToPage(region: string, text: string): Promise<number | undefined> {
      const began = clock.now();
      for (let minute = 0; minute < 60; minute++) {
        await live(1);
        const page = pages().find(
          (one) => one.atMs >= began && one.region === region && one.text.includes(text),
        );
        if (page) return (page.atMs - began) / 60_000;
      }
      return undefined;
    },
    /** Takes away every schedule, every rule and every function of a region, as somebody with all rights could. */
    async strip(region: string): Promise<void> {
      const { Schedules } = (await call("scheduler", region, "ListSchedules")) as {
        Schedules: { Name: string }[];
      };
      for (const { Name } of Schedules) await call("scheduler", region, "DeleteSchedule", { Name });
      for (const EventBusName of ["default", `holdfast-${environment.name}`]) {
        const { Rules } = (await call("events", region, "ListRules", { EventBusName })) as {
          Rules: { Name: string }[];
        };
        for (const { Name } of Rules) {
          const at = { EventBusName, Rule: Name };
          const { Targets } = (await call("events", region, "ListTargetsByRule", at)) as {
            Targets: { Id: string }[];
          };
          await call("events", region, "RemoveTargets", { ...at, Ids: Targets.map(({ Id }) => Id) });
          await call("events", region, "DeleteRule", { EventBusName, Name });
        }
      }
      const { Functions } = (await call("lambda", region, "ListFunctions")) as {
        Functions: { FunctionName: string }[];
      };
      for (const { FunctionName } of Functions)
        await call("lambda", region, "DeleteFunction", { FunctionName });
    },
    close: remove,
  };
}

/** A folder with the environment's assembly, in which nothing stands for each function's code. */
function assemblyOf(environment: Environment): { directory: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-deployed-"));
  const code = join(folder, "code");
  mkdirSync(code);
  writeFileSync(join(code, "index.mjs"), "export const handler = () => {};");
  const app = new App({ outdir: join(folder, "assembly"), postCliContext: appContext });
  addStacks(app, environment, () => Code.fromAsset(code));
  return { directory: app.synth().directory, remove: () => rmSync(folder, { recursive: true }) };
}
