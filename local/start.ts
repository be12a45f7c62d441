import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { type Account, openAccount } from "./account.ts";
import { bringBack, portOf } from "./bring-back.ts";
import { prove } from "./proof.ts";
import { watchRound } from "./round.ts";
import { archiveSamples, bucketFiles, fillDatabase, writeOrders } from "./samples.ts";
import { asText } from "./services/outbox.ts";

/*
 * `npm start [-- --once] [--bucket-dir <folder>] [--port <port>] [--api-port <port>] [--state <folder>]`: the deployed assembly of the
 * environment "local", on one machine. `--once` exits after the first full round: 0 if everything is as it should be.
 */
const roundSeconds = 170;
const project = resolve(import.meta.dirname, "..");
const values = readArguments();
const began = Date.now();
const say = (text: string) =>
  console.log(`${((Date.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
const bucketDir = values["bucket-dir"];
if (bucketDir !== undefined && !existsSync(bucketDir))
  fail(`there is no folder "${bucketDir}"; give --bucket-dir one that exists`);
const port = Number(values.port);
if (!Number.isInteger(port) || port < 1 || port > 65_535)
  fail(`"${values.port}" is not a port; give --port a number from 1 to 65535`);

const apiPort = Number(values["api-port"]);
if (!Number.isInteger(apiPort) || apiPort < 1 || apiPort > 65_534)
  fail(`"${values["api-port"]}" is not a port; give --api-port a number from 1 to 65534`);

const assembly = join(values.state, "assembly");
say('synthesizing the environment "local"');
mkdirSync(values.state, { recursive: true });
await promisify(execFile)(process.execPath, [join(project, "infra/app.ts")], {
  cwd: project,
  // CDK's own check of templates, which takes seconds, is for what goes to AWS.
  env: {
    ...process.env,
    CDK_VALIDATION: "false",
    CDK_OUTDIR: assembly,
    CDK_CONTEXT_JSON: JSON.stringify({ env: "local" }),
  },
}).catch((thrown: { stderr?: string }) =>
  fail(`the environment could not be synthesized: ${thrown.stderr ?? thrown}`),
);

const logFile = join(values.state, "functions.log");
const account = await openAccount({
  folder: values.state,
  port,
  apiPorts: { "eu-central-1": apiPort, "eu-west-1": apiPort + 1 },
  onLog: (name, region, line) => writeFileSync(logFile, `${region} ${name} ${line}\n`, { flag: "a" }),
}).catch((thrown: NodeJS.ErrnoException) => {
  if (thrown.code === "EADDRINUSE")
    fail(
      `one of the ports ${port}, ${apiPort} and ${apiPort + 1} is in use; end what uses it, or give --port and --api-port others`,
    );
  throw thrown;
});
say(`the stand-in for AWS answers at ${account.url}`);
/** Access keys of people with one role each; the key "local" may do everything. The secret of each is "local". */
for (const role of ["viewer", "operator", "admin"])
  account.access.attach(role, [`holdfast-local-${role}-eu-west-1`, `holdfast-local-${role}-eu-central-1`]);
for (const key of ["viewer", "operator", "admin", "local"]) account.access.issue(key, "local");
/** What a person, the aws command and the CLI need to reach the stand-in. */
const variables = {
  AWS_ENDPOINT_URL: account.url,
  AWS_REGION: "eu-west-1",
  AWS_DEFAULT_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  HOLDFAST_REGIONS: "eu-west-1,eu-central-1",
  HOLDFAST_API_URL: [account.apiUrls["eu-west-1"], account.apiUrls["eu-central-1"]].join(","),
  HOLDFAST_API_REGION: "eu-west-1,eu-central-1",
};
writeFileSync(
  join(values.state, "..", "local.env"),
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join(""),
);
account.outbox.onMessage((message) => {
  if (message.protocol === "email" && !message.to.startsWith("oncall")) return;
  console.log(`\n${asText(message).trim().replace(/^/gm, "          | ")}\n`);
});

const scripts = { cli: join(project, "cli/holdfast.ts"), year: join(project, "test/simulation/year.ts") };
const command = { ...scripts, cwd: project, env: { ...process.env, ...variables } as Record<string, string> };
await putUpSources(account);
const found = await portOf({ account });
const login = {
  host: "127.0.0.1",
  port: found ?? 0,
  user: "postgres",
  password: account.password,
  database: "postgres",
};
let stopWriting = found === undefined ? async () => {} : await fillAndWrite();
say("deploying: vaults, protection in eu-west-1, recovery in eu-central-1");
await account.deploy(assembly);
if (found === undefined) {
  login.port = await bringBack({ account, command, say }).catch((thrown: Error) => {
    say(`${thrown.message}; to begin anew, delete the folder ${values.state}`);
    return stop(1);
  });
  stopWriting = await fillAndWrite();
}
// What comes to a bucket that is protected already is told by its events, as on AWS.
if (account.loaded && bucketDir !== undefined) await fillBucket(account.call);
const samples = archiveSamples();
if (!account.loaded) {
  for (const { key, body } of samples)
    await account.call("s3", "eu-west-1", "PutObject", { Bucket: "acme-dumps", Key: key, Body: body });
  for (let i = 0; i < 50; i++) {
    await account.call("s3", "eu-west-1", "PutObject", {
      Bucket: "acme-uploads",
      Key: `new/${i}.txt`,
      Body: `upload ${i}`,
    });
  }
  say(`${samples.length} files dropped into s3://acme-dumps/erp/, 50 more into s3://acme-uploads/new/`);
}
process.once("SIGINT", () => void stop(0));
process.once("SIGTERM", () => void stop(0));

const look = watchRound(account, samples);
for (;;) {
  const { done, missing, news } = await look();
  for (const line of news) say(line);
  if (done) break;
  if (Date.now() - began > roundSeconds * 1_000) {
    say(`the first round is not complete after ${roundSeconds} s; missing: ${missing.join("; ")}`);
    say(`what the functions said is in ${logFile}`);
    await stop(1);
  }
  await new Promise((after) => setTimeout(after, 500));
}
say("the first full round is complete");
if (!account.loaded) await proveIt();
await watchNow();
const status = await showStatus();
const { refusals } = account.access;
if (refusals.length > 0)
  console.log(`\nRefused, because a role lacks the right:\n  ${refusals.join("\n  ")}`);
const code = refusals.length > 0 ? 1 : status;
if (values.once) await stop(code);
console.log(`
Look further:
  ${account.apiUrls["eu-central-1"]}   the console; ${account.apiUrls["eu-west-1"]} is the primary region's
  psql "host=127.0.0.1 port=${login.port} user=${login.user} dbname=postgres"   (password in ${join(values.state, "password")})
  set -a; . ${join(values.state, "..", "local.env")}; set +a; aws s3 ls s3://acme-uploads/
  npx holdfast points orders --env local
What you change is protected on schedule, and survives a restart. Stop with Ctrl-C.
`);
setInterval(async () => {
  for (const line of (await look()).news) say(line);
}, 2_000);

/** The customer's own database and buckets, with something in them; what is there already is left as it is. */
async function putUpSources({ call, loaded, password }: Account): Promise<void> {
  if (loaded) return;
  const key = { StorageEncrypted: true };
  say("starting PostgreSQL as the RDS instance orders-db");
  const database = {
    DBInstanceIdentifier: "orders-db",
    Engine: "postgres",
    MasterUsername: "postgres",
    MasterUserPassword: password,
  };
  await call("rds", "eu-west-1", "CreateDBInstance", { ...database, ...key });
  for (const Bucket of ["acme-uploads", "acme-dumps"]) {
    await call("s3", "eu-west-1", "CreateBucket", { Bucket });
    await call("s3", "eu-west-1", "PutBucketVersioning", {
      Bucket,
      VersioningConfiguration: { Status: "Enabled" },
    });
  }
  await fillBucket(call);
}

/** The database's rows, where they are not there yet, and somebody who goes on changing them; gives what stops that. */
async function fillAndWrite(): Promise<() => Promise<void>> {
  await fillDatabase(login);
  say("1,000,000 orders in the database, and a writer that keeps changing them");
  return writeOrders(login);
}

async function fillBucket(call: Account["call"]): Promise<void> {
  let files = 0;
  for (const { key, body } of bucketFiles(bucketDir, 3_000)) {
    await call("s3", "eu-west-1", "PutObject", { Bucket: "acme-uploads", Key: key, Body: body });
    files += 1;
  }
  say(`${files} files put into s3://acme-uploads`);
}

/** The proofs, on the writer's own database, which they take away and bring back. */
async function proveIt(): Promise<void> {
  await stopWriting();
  try {
    await prove({ account, login, say, command });
  } catch (thrown) {
    say(`it is not proved: ${thrown instanceof Error ? thrown.message : thrown}`);
    await stop(1);
  }
  stopWriting = writeOrders(login);
}

/** Its schedule has the watch look every five minutes; who asks the API now is to hear of what was just proved. */
async function watchNow(): Promise<void> {
  const pass = { FunctionName: "holdfast-local-watch", Payload: "{}" };
  await Promise.all(
    ["eu-west-1", "eu-central-1"].map((region) => account.call("lambda", region, "Invoke", pass)),
  );
}

/** The status table of the real command; gives its exit code, with damaged archives taken for what they are. */
async function showStatus(): Promise<number> {
  const child = spawn(process.execPath, [join(project, "cli/holdfast.ts"), "status", "--env", "local"], {
    cwd: project,
    stdio: "inherit",
    env: { ...process.env, ...variables },
  });
  const status = await new Promise<number>((ended) => child.once("exit", (exit) => ended(exit ?? 70)));
  // 1 says that findings are open: the bad archives, which belong to the demonstration.
  return status === 1 ? 0 : status;
}

async function stop(exitCode: number): Promise<never> {
  await stopWriting().catch(() => {});
  await account.close();
  process.exit(exitCode);
}

function readArguments() {
  const options = {
    once: { type: "boolean", default: false },
    "bucket-dir": { type: "string" },
    port: { type: "string", default: "4566" },
    "api-port": { type: "string", default: "8081" },
    state: { type: "string", default: join(project, ".holdfast", "local") },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (thrown) {
    const known = Object.keys(options).map((name) => `--${name}`);
    return fail(`${(thrown as Error).message.split(". ")[0]}; it takes ${known.join(", ")}`);
  }
}

function fail(sentence: string): never {
  console.error(`npm start: ${sentence}.`);
  process.exit(2);
}
