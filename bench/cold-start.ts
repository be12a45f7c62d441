import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tasks } from "../infra/constructs/bundles.ts";
import type { Row } from "./row.ts";

const runs = 9;

/** Each function's minified bundle: its size, and the time to load it beside that of an empty handler. */
export async function benchColdStart(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-cold-"));
  try {
    const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ env: "local" }) };
    execFileSync(process.execPath, [resolve("infra/app.ts")], { env, stdio: "ignore" });
    writeFileSync(join(folder, "empty.mjs"), "export const handler = async () => {};\n");
    const empty = loadMs(join(folder, "empty.mjs"));
    const rows: Row[] = [{ name: "an empty handler loads in", median: empty, unit: "ms" }];
    for (const task of tasks) {
      const file = join(folder, "bundles", task, "index.mjs");
      rows.push({
        name: `${task}: bundle`,
        median: Math.round(statSync(file).size / 1_000),
        unit: "KB",
        goal: "<= 800",
      });
      rows.push({
        name: `${task}: loads in, over the empty one`,
        median: loadMs(file) - empty,
        unit: "ms",
        goal: "<= 100",
      });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median time, in ms, that importing a module takes in a process of its own. */
function loadMs(file: string): number {
  const code = `const t=performance.now();await import(${JSON.stringify(file)});process.stdout.write(String(performance.now()-t))`;
  const variables = {
    AWS_REGION: "eu-west-1",
    LAMBDA_TASK_ROOT: join(file, ".."),
    HOLDFAST_VAULT_KEY_ARN: "arn",
    HOLDFAST_PAGE_TOPIC_ARN: "arn",
    HOLDFAST_NOTIFY_TOPIC_ARN: "arn",
  };
  const times = Array.from({ length: runs }, () =>
    Number(
      execFileSync(process.execPath, ["--input-type=module", "-e", code], {
        env: { ...process.env, ...variables },
      }),
    ),
  );
  return Math.round(times.sort((a, b) => a - b)[runs >> 1] ?? 0);
}
