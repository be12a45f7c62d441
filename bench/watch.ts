import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { answer } from "../functions/api/answer.ts";
import type { ApiWorld } from "../functions/api-world.ts";
import { Catalog } from "../functions/catalog/catalog.ts";
import { vaultName } from "../functions/core/names.ts";
import { bundleIn, measure, median, type Pass, type Standing } from "./passes.ts";
import type { Row } from "./row.ts";

/** Besides looking a steady pass writes its report, leaves its heartbeats and, in six hours, asks once for sizes. */
const may = /^(s3:PutObject|monitoring:(Put|Get)MetricData)$/;

/** So often the report is read to measure it. */
const reads = 15;

/**
 * Passes of the watch's function over the fleet that the reconciler is measured with, and what it takes the API to answer the
 * status of that size as the console asks for it: who asks, the report read and parsed, its JSON, and that compressed.
 */
export async function benchWatch(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-watch-"));
  const answers: Row[] = [];
  const readToo = async (standing: Standing, region: string) => {
    answers.push(...(await readReport(standing, region)));
  };
  try {
    const bundle = bundleIn(folder, "watch");
    const passes = await measure(bundle, { sources: 1_000, points: 30, may }, readToo);
    return [...[...passes].flatMap(([region, some]) => rows(region, some)), ...answers];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rows(region: string, passes: Pass[]): Row[] {
  const [cold, ...warm] = passes as [Pass, ...Pass[]];
  const name = `watch: 1,000 sources, 30,000 points, ${region}`;
  const cpu = (some: Pass[]) => Number(median(some.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2));
  const peak = Math.round(Math.max(...passes.map(({ peakMiB }) => peakMiB)));
  return [
    { name: `${name}: first pass`, median: cpu([cold]), unit: "s of CPU", goal: "<= 2" },
    { name: `${name}: warm pass`, median: cpu(warm), unit: "s of CPU", goal: "<= 2" },
    { name: `${name}: peak memory`, median: peak, unit: "MiB", goal: "<= 448" },
    ...Object.entries(warm.at(-1)?.calls ?? {})
      .sort()
      .map(([operation, count]) => ({
        name: `${name}: ${operation}`,
        median: count,
        unit: "calls per pass",
      })),
  ];
}

async function readReport({ url, environment }: Standing, region: string): Promise<Row[]> {
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
  const s3 = new S3Client({ region, endpoint: url, forcePathStyle: true, credentials });
  const catalog = new Catalog(s3, vaultName(environment, region));
  const world = { environment, catalog, region, now: () => new Date() } as ApiWorld;
  const took: number[] = [];
  let bytes = 0;
  const event = {
    ...{ routeKey: "GET /web/v1/status", rawPath: "/web/v1/status", isBase64Encoded: false },
    headers: { "accept-encoding": "gzip, br" },
    requestContext: {
      ...{ requestId: "bench", http: { method: "GET" } },
      authorizer: { jwt: { claims: { iss: "https://bench", sub: "1", "cognito:groups": "[viewer]" } } },
    },
  };
  for (let read = 0; read < reads; read++) {
    const began = performance.now();
    const { statusCode, body } = await answer(event, world, { remainingMs: () => 30_000 });
    bytes = body.length;
    if (statusCode !== 200) throw new Error(`the API answered ${statusCode}: ${body}`);
    took.push(performance.now() - began);
  }
  s3.destroy();
  const name = `watch: the report of 1,000 sources, ${region}`;
  const slowest = Math.round(Math.max(...took));
  return [
    {
      name: `${name}: answered by the API`,
      median: Math.round(median(took)),
      unit: "ms",
      goal: "<= 200",
    },
    { name: `${name}: the slowest of ${reads}`, median: slowest, unit: "ms", goal: "<= 200" },
    { name: `${name}: size of the answer, compressed`, median: Math.round(bytes / 1_024), unit: "KiB" },
  ];
}
