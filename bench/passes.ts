import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Environment } from "../functions/core/environment.ts";

const warmPasses = 5;

/**
 * What Lambda starts Node with in a function of 512 MiB: a tenth for the nursery's two halves, the rest for the heap
 * (the runtime's /var/runtime/bootstrap).
 */
const asInLambda = ["--max-semi-space-size=25", "--max-old-space-size=461"];

/** What one pass took. */
export type Pass = { seconds: number; cpuSeconds: number; peakMiB: number; calls: Record<string, number> };
/** Where the stand-in answers, and what is in it. */
export type Standing = { url: string; environment: Environment; keyArns: Record<string, string> };

/**
 * Passes of a function, as its bundle, in both regions over a fleet in steady state: one as the process starts, then some
 * while it is warm. `may`: what a steady pass calls besides looking. `and`: what else is measured while the fleet stands.
 */
export async function measure(
  bundle: string,
  { sources, points, may }: { sources: number; points: number; may: RegExp },
  and: (standing: Standing, region: string) => Promise<void> = async () => {},
): Promise<Map<string, Pass[]>> {
  const server = fork(resolve("bench/reconcile-server.ts"), [String(sources), String(points)]);
  try {
    const standing = (await answerOf(server)) as Standing;
    writeFileSync(join(bundle, "environment.json"), JSON.stringify(standing.environment));
    const { primaryRegion, recoveryRegion } = standing.environment;
    const passes = new Map<string, Pass[]>();
    for (const region of [primaryRegion, recoveryRegion])
      passes.set(region, await passesIn(server, standing, { bundle, region, may }));
    for (const region of [primaryRegion, recoveryRegion]) await and(standing, region);
    return passes;
  } finally {
    server.kill();
  }
}

async function passesIn(
  server: ChildProcess,
  { url, keyArns }: Standing,
  { bundle, region, may }: { bundle: string; region: string; may: RegExp },
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
  const one = fork(resolve("bench/reconcile-once.ts"), [bundle], {
    ...{ env, execArgv: asInLambda },
    // What it embeds in its log for CloudWatch is nothing to look at.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  try {
    await answerOf(one);
    const passes: Pass[] = [];
    for (let count = 0; count <= warmPasses; count++) {
      await answerOf(server, "next");
      const pass = (await answerOf(one, "next")) as Omit<Pass, "calls">;
      passes.push({ ...pass, calls: (await answerOf(server, "next")) as Pass["calls"] });
    }
    const more = Object.keys(passes.at(-1)?.calls ?? {}).filter(
      (name) => !/:(List|Describe)/.test(name) && !may.test(name),
    );
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

/** The function's bundle as synth makes it; the environment beside it is written once the fleet stands. */
export function bundleIn(folder: string, task: string): string {
  const out = join(folder, "cdk.out");
  const env = { ...process.env, CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify({ env: "local" }) };
  execFileSync(process.execPath, [resolve("infra/app.ts")], { env, stdio: "ignore" });
  return join(out, "bundles", task);
}

/** The middle of some values. */
export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
