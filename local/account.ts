import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadAssembly } from "./assembly.ts";
import { diskBlobs } from "./blobs.ts";
import { realClock } from "./clock.ts";
import { Databases } from "./databases.ts";
import { HttpApis } from "./http-apis.ts";
import { AccessControl } from "./iam.ts";
import { openIssuer } from "./issuer.ts";
import { serveApi } from "./serve-apis.ts";
import { type Serving, serve } from "./server.ts";
import { cloudWatchService } from "./services/cloudwatch.ts";
import { eventsService } from "./services/events.ts";
import { kmsService } from "./services/kms.ts";
import { Lambda } from "./services/lambda.ts";
import { Outbox } from "./services/outbox.ts";
import { rdsService } from "./services/rds.ts";
import { s3Service } from "./services/s3.ts";
import { schedulerService } from "./services/scheduler.ts";
import { secretsService } from "./services/secrets.ts";
import { snsService } from "./services/sns.ts";
import { sqsService } from "./services/sqs.ts";
import { stsService } from "./services/sts.ts";
import { loadState, saveState } from "./state.ts";
import { type ServiceName, Twin } from "./twin.ts";

/** A whole account of the stand-in, served over HTTP, with its state in a folder. */
export type Account = Awaited<ReturnType<typeof openAccount>>;

/**
 * Opens an account in real time: its services, its HTTP server, its databases as they were when it was closed.
 * `onLog` hears every line that a function writes.
 */
export async function openAccount(at: {
  folder: string;
  port: number;
  /** Where each region's HTTP API is to be served. Default: nowhere. */
  apiPorts?: Record<string, number>;
  onLog: (functionName: string, region: string, line: string) => void;
}) {
  const { folder } = at;
  mkdirSync(folder, { recursive: true });
  const password = passwordIn(folder);
  const twin = new Twin({ clock: realClock });
  const databases = await Databases.open(join(folder, "rds"));
  const outbox = new Outbox(join(folder, "outbox"));
  // RDS takes seconds here, so who polls it for minutes would only wait.
  const lambda = new Lambda(twin, at.onLog, { hurry: 1 / 30 });
  const endpoint = { url: `http://127.0.0.1:${at.port}` };
  // RDS takes minutes; here seconds, so that a person can watch.
  const seconds = () => 5;
  const rds = rdsService(twin, {
    storage: databases,
    ...{ snapshotSeconds: seconds, copySeconds: seconds, restoreSeconds: seconds },
    ...{ changeSeconds: () => 2, deleteSeconds: () => 2 },
  });
  const services = [
    kmsService(twin),
    s3Service(twin, diskBlobs(join(folder, "blobs"))),
    rds,
    snsService(twin, { outbox, autoConfirm: true }),
    sqsService(twin, endpoint),
    eventsService(twin),
    schedulerService(twin),
    stsService(twin),
    secretsService(twin),
    lambda.service,
    cloudWatchService(twin),
  ];
  for (const service of services) twin.register(service);
  const access = new AccessControl(twin);
  twin.interceptors.push(access.interceptor);
  const apis = new HttpApis(twin, access);
  const loaded = await loadState(twin, folder);

  const answers = new Map<string, (answer: { Status: string; Reason: string }) => void>();
  const custom = (path: string, body: string) => {
    const answered = answers.get(path);
    answered?.(JSON.parse(body));
    return answered !== undefined;
  };
  let issuer: Awaited<ReturnType<typeof openIssuer>> | undefined;
  const serving = await serve(twin, { port: at.port, custom, issuer: () => issuer });
  issuer = await openIssuer(serving.url);
  const apiUrls: Record<string, string> = {};
  const servingApis: Serving[] = [];
  for (const [region, port] of Object.entries(at.apiPorts ?? {})) {
    const one = await serveApi(apis, { region, port });
    servingApis.push(one);
    // By this name browsers take the origin for a safe one.
    apiUrls[region] = `http://localhost:${one.port}`;
  }
  const saving = setInterval(() => saveState(twin, folder), 2_000);
  saving.unref();

  const call = (service: ServiceName, region: string, operation: string, input: Record<string, unknown>) =>
    twin.call({ service, region, operation, input, principal: "local" });
  return {
    twin,
    outbox,
    access,
    apiUrls,
    issuer,
    loaded,
    password,
    url: serving.url,
    call,
    /** Puts a synthesized assembly up, and begins to feed its functions. */
    async deploy(assembly: string): Promise<void> {
      await loadAssembly(assembly, {
        twin,
        lambda,
        access,
        apis,
        apiUrls,
        issuer: issuer.issuer,
        account: twin.account,
        runtimeVariables: (name, region, task) => ({
          AWS_REGION: region,
          AWS_LAMBDA_FUNCTION_NAME: name,
          LAMBDA_TASK_ROOT: task,
          AWS_ENDPOINT_URL: serving.url,
          AWS_ACCESS_KEY_ID: `${name}@${region}`,
          AWS_SECRET_ACCESS_KEY: "stand-in",
        }),
        customResource: async (functionArn, region, event) => {
          const path = `/_cloudformation/${answers.size}`;
          const answered = new Promise<{ Status: string; Reason: string }>((resolve) =>
            answers.set(path, resolve),
          );
          const Payload = JSON.stringify({ ...event, RequestId: "0", ResponseURL: `${serving.url}${path}` });
          const ended = (await call("lambda", region, "Invoke", { FunctionName: functionArn, Payload })) as {
            FunctionError?: string;
            Payload: Buffer;
          };
          if (ended.FunctionError) throw new Error(`a custom resource failed: ${ended.Payload}`);
          const { Status, Reason } = await answered;
          if (Status !== "SUCCESS") throw new Error(`a custom resource failed: ${Reason}`);
        },
      });
      lambda.start();
    },
    /** Saves everything and stops everything. */
    async close(): Promise<void> {
      clearInterval(saving);
      await lambda.close();
      for (const one of servingApis) await one.close();
      await serving.close();
      saveState(twin, folder);
      await databases.closeAll();
    },
  };
}

function passwordIn(folder: string): string {
  const file = join(folder, "password");
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, randomBytes(12).toString("hex"), { mode: 0o600 });
  }
  return readFileSync(file, "utf8");
}
