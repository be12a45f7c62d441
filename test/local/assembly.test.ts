import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Duration, Stack } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Task } from "../../infra/constructs/task.ts";
import { addStacks } from "../../infra/stacks.ts";
import { loadAssembly } from "../../local/assembly.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { AccessControl } from "../../local/iam.ts";
import { cloudWatchService } from "../../local/services/cloudwatch.ts";
import { eventsService } from "../../local/services/events.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Lambda } from "../../local/services/lambda.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { schedulerService } from "../../local/services/scheduler.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { snsService } from "../../local/services/sns.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { type ServiceName, Twin } from "../../local/twin.ts";
import { prod } from "../infra/environments.ts";

/*
 * An environment whose databases are drilled, and a durable task, as they would be deployed, in the stand-in.
 */
const scratch = mkdtempSync(join(tmpdir(), "holdfast-assembly-"));
const region = prod.recoveryRegion;
let account: Awaited<ReturnType<typeof load>>;

beforeAll(async () => {
  account = await load();
});

afterAll(() => rmSync(scratch, { recursive: true }));

/** Synthesizes and loads it; `code` is what the durable task's bundle says. */
async function load(code = "1", into?: { twin: Twin; lambda: Lambda; access: AccessControl }) {
  const folder = join(scratch, `bundle-${code}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "index.mjs"),
    `export const handler = async () => ({ Status: "SUCCEEDED", Result: "${code}" });`,
  );
  const bundles = () => Code.fromAsset(folder);
  const app = new App({ outdir: join(scratch, `assembly-${code}`) });
  addStacks(app, prod, bundles);
  const stack = new Stack(app, "durable", { env: { account: prod.account, region } });
  new Task(stack, "Task", {
    environment: { ...prod, name: "durable" },
    ...{ task: "check", bundles, timeout: Duration.minutes(1), memoryMiB: 128 },
    page: Topic.fromTopicArn(stack, "Page", "arn:aws:sns:eu-central-1:000000000000:page"),
    durable: { executionTimeout: Duration.minutes(10), retention: Duration.days(1) },
  });
  const { directory } = app.synth();
  const twin = into?.twin ?? new Twin({ account: prod.account, clock: new VirtualClock() });
  const lambda = into?.lambda ?? new Lambda(twin, () => {});
  const access = into?.access ?? new AccessControl(twin);
  if (!into) {
    twin.interceptors.push(access.interceptor);
    const all = [
      cloudWatchService,
      kmsService,
      snsService,
      eventsService,
      schedulerService,
      secretsService,
    ].map((make) => make(twin));
    const services = [s3Service(twin, memoryBlobs()), rdsService(twin), sqsService(twin, { url: "" })];
    for (const service of [...all, ...services, lambda.service]) twin.register(service);
  }
  await loadAssembly(directory, {
    ...{ twin, lambda, access, account: twin.account },
    runtimeVariables: () => ({}),
    customResource: async () => {},
  });
  const call = (service: ServiceName, operation: string, input: object, principal = "test") =>
    twin.call({ service, region, operation, input: { ...input }, principal }) as Promise<
      Record<string, never>
    >;
  return { twin, lambda, access, call };
}

const invoke = async (FunctionName: string) => {
  const answer = (await account.call("lambda", "Invoke", { FunctionName })) as { Payload?: Buffer };
  return answer.Payload?.toString();
};

test("drills have a subnet group of two subnets to restore into", async () => {
  const name = { DBSubnetGroupName: "holdfast-prod-drill" };
  const { DBSubnetGroups } = await account.call("rds", "DescribeDBSubnetGroups", name);

  const [group] = DBSubnetGroups as unknown as { Subnets: { SubnetIdentifier: string }[] }[];
  expect(group?.Subnets.map(({ SubnetIdentifier }) => SubnetIdentifier)).toEqual([
    expect.stringMatching(/^subnet-0[0-9a-f]{16}$/),
    expect.stringMatching(/^subnet-0[0-9a-f]{16}$/),
  ]);
});

test("the checker's role reads the password of a drill's clone, and of nothing else", async () => {
  const make = async (DBInstanceIdentifier: string) => {
    const settings = { DBInstanceClass: "db.t4g.micro", Engine: "postgres", MasterUsername: "postgres" };
    const password = { ManageMasterUserPassword: true };
    const made = await account.call("rds", "CreateDBInstance", {
      DBInstanceIdentifier,
      ...settings,
      ...password,
    });
    return (made as unknown as { DBInstance: { MasterUserSecret: { SecretArn: string } } }).DBInstance
      .MasterUserSecret.SecretArn;
  };
  const read = async (name: string) => {
    const SecretId = await make(name);
    return account.call("secretsmanager", "GetSecretValue", { SecretId }, `holdfast-prod-check@${region}`);
  };

  expect(await read("prod-orders-drill-20261121t0300z")).toHaveProperty("SecretString");
  await expect(read("orders-db")).rejects.toMatchObject({ code: "AccessDeniedException" });
  await expect(read("staging-orders-drill-20261121t0300z")).rejects.toMatchObject({
    code: "AccessDeniedException",
  });
});

test("a durable function is invoked by its alias; new code is another version, the same code is not", async () => {
  await expect(invoke("holdfast-durable-check")).rejects.toMatchObject({
    code: "InvalidParameterValueException",
  });
  expect(await invoke("holdfast-durable-check:live")).toBe("1");

  await load("1", account);
  await load("2", account);

  expect(await invoke("holdfast-durable-check:live")).toBe("2");
  expect(await invoke("holdfast-durable-check:1")).toBe("1");
  await expect(invoke("holdfast-durable-check:3")).rejects.toMatchObject({
    code: "ResourceNotFoundException",
  });
  await account.lambda.close();
});
