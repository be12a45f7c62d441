import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "../functions/core/environment.ts";
import type { Row } from "./row.ts";

const warmPasses = 5;
const passesPerMonth = (30 * 24 * 60) / 5;

/**
 * USD per call on the price list of S3 (aws.amazon.com/s3/pricing, S3 Standard; 2026): LIST, PUT and COPY are one
 * tier, GET another. Describe calls of RDS cost nothing; EventBridge takes USD 1 per million custom events.
 */
const usdPerCall: Record<string, Record<string, number>> = {
  "eu-west-1": { list: 0.005 / 1_000, get: 0.000_4 / 1_000, event: 1 / 1e6 },
  "eu-central-1": { list: 0.005_4 / 1_000, get: 0.000_43 / 1_000, event: 1 / 1e6 },
};

/**
 * What Lambda starts Node with in a function of 512 MiB: a tenth for the nursery's two halves, the rest for the heap
 * (the runtime's /var/runtime/bootstrap).
 */
const asInLambda = ["--max-semi-space-size=25", "--max-old-space-size=461"];

type Pass = { seconds: number; cpuSeconds: number; peakMiB: number; calls: Record<string, number> };
type Standing = { url: string; environment: Environment; keyArns: Record<string, string> };

/**
 * Passes of the reconcile function (its bundle, the SDK, HTTP) in both regions over a fleet of 1,000 sources with
 * 30,000 points in steady state: one as the process starts, then some while it is warm. The same points over 100
 * sources show what calls grow with. The stand-in is another process.
 */
export async function benchReconcile(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-reconcile-"));
  try {
    const bundle = bundleIn(folder);
    const many = await measure(bundle, 1_000, 30);
    const few = await measure(bundle, 100, 300);
    return rows(many, few);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(bundle: string, sources: number, points: number): Promise<Map<string, Pass[]>> {
  const server = fork(resolve("bench/reconcile-server.ts"), [String(sources), String(points)]);
  try {
    const standing = (await answerOf(server)) as Standing;
    writeFileSync(join(bundle, "environment.json"), JSON.stringify(standing.environment));
    const { primaryRegion, recoveryRegion } = standing.environment;
    const passes = new Map<string, Pass[]>();
    for (const region of [primaryRegion, recoveryRegion])
      passes.set(region, await passesIn(server, standing, bundle, region));
    return passes;
  } finally {
    server.kill();
  }
}

async function passesIn(
  server: ChildProcess,
  { url, keyArns }: Standing,
  bundle: string,
  region: string,
): Promise<Pass[]> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    LAMBDA_TASK_ROOT: bundle,
    HOLDFAST_VAULT_KEY_ARN: keyArns[region],
    HOLDFAST_PAGE_TOPIC_ARN: "arn",
    HOLDFAST_NOTIFY_TOPIC_ARN: "arn",
  };
  const one = fork(resolve("bench/reconcile-once.ts"), [bundle], { env, execArgv: asInLambda });
  try {
    await answerOf(one);
    const passes: Pass[] = [];
    for (let count = 0; count <= warmPasses; count++) {
      await answerOf(server, "next");
      const pass = (await answerOf(one, "next")) as Omit<Pass, "calls">;
      passes.push({ ...pass, calls: (await answerOf(server, "next")) as Pass["calls"] });
    }
    const more = Object.keys(passes.at(-1)?.calls ?? {}).filter((name) => !/:(List|Describe)/.test(name));
    if (more.length > 0) throw new Error(`the fleet is not in steady state: a pass called ${more}`);
    return passes;
  } finally {
    one.kill();
  }
}

/** What a process says next: in answer to a question, or once it is ready. */
function answerOf(child: ChildProcess, question?: "next"): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error("a process of the benchmark ended"));
    child.once("exit", ended);
    child.once("message", (answer) => {
      child.off("exit", ended);
      resolve(answer);
    });
    if (question) child.send(question);
  });
}

function rows(many: Map<string, Pass[]>, few: Map<string, Pass[]>): Row[] {
  const rows: Row[] = [];
  let usd = 0;
  const total = { many: 0, few: 0 };
  for (const [region, passes] of many) {
    const [cold, ...warm] = passes as [Pass, ...Pass[]];
    const steady = warm.at(-1) as Pass;
    const name = `reconcile: 1,000 sources, 30,000 points, ${region}`;
    const cpu = (some: Pass[]) => Number(median(some.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2));
    rows.push({ name: `${name}: first pass`, median: cpu([cold]), unit: "s of CPU", goal: "<= 2" });
    rows.push({ name: `${name}: warm pass`, median: cpu(warm), unit: "s of CPU", goal: "<= 2" });
    const peak = Math.round(Math.max(...passes.map(({ peakMiB }) => peakMiB)));
    rows.push({ name: `${name}: peak memory`, median: peak, unit: "MiB", goal: "<= 256" });
    for (const [operation, count] of Object.entries(steady.calls).sort())
      rows.push({ name: `${name}: ${operation}`, median: count, unit: "calls per pass" });
    usd += passesPerMonth * priceOf(region, steady.calls);
    total.many += sum(steady.calls);
    total.few += sum(few.get(region)?.at(-1)?.calls ?? {});
  }
  rows.push({
    name: "reconcile: calls of both regions",
    median: Number(usd.toFixed(2)),
    unit: "USD a month",
  });
  rows.push({
    name: "reconcile: calls of both regions",
    median: total.many,
    unit: "calls per pass",
    ratio: total.many / total.few,
    against: `the same points over 100 sources (${total.few} calls)`,
  });
  return rows;
}

function priceOf(region: string, calls: Record<string, number>): number {
  const price = usdPerCall[region] ?? {};
  return Object.entries(calls).reduce((usd, [operation, count]) => {
    if (operation === "s3:GetObject") return usd + count * (price.get ?? 0);
    if (operation.startsWith("s3:")) return usd + count * (price.list ?? 0);
    return operation === "events:PutEvents" ? usd + count * (price.event ?? 0) : usd;
  }, 0);
}

/** The function's bundle as synth makes it; the environment beside it is written once the fleet stands. */
function bundleIn(folder: string): string {
  const out = join(folder, "cdk.out");
  const env = { ...process.env, CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify({ env: "local" }) };
  execFileSync(process.execPath, [resolve("infra/app.ts")], { env, stdio: "ignore" });
  return join(out, "bundles", "reconcile");
}

function sum(calls: Record<string, number>): number {
  return Object.values(calls).reduce((a, b) => a + b, 0);
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
