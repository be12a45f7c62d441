import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleIn, measure, median, type Pass } from "./passes.ts";
import type { Row } from "./row.ts";

/** Besides looking a steady pass writes its trace. */
const may = /^s3:PutObject$/;

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
 * Passes of the reconcile function (its bundle, the SDK, HTTP) in both regions over a fleet of 1,000 sources with
 * 30,000 points in steady state: one as the process starts, then some while it is warm. The same points over 100
 * sources show what calls grow with. The stand-in is another process.
 */
export async function benchReconcile(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-reconcile-"));
  try {
    const bundle = bundleIn(folder, "reconcile");
    const many = await measure(bundle, { sources: 1_000, points: 30, may });
    const few = await measure(bundle, { sources: 100, points: 300, may });
    return rows(many, few);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

function sum(calls: Record<string, number>): number {
  return Object.values(calls).reduce((a, b) => a + b, 0);
}
