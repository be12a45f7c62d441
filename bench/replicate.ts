import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { Environment } from "../functions/core/environment.ts";
import { replicaName, vaultName } from "../functions/core/names.ts";
import type { Row } from "./row.ts";
import { startS3Server } from "./s3-server.ts";

const run = promisify(execFile);

const small = { count: 10_000, bytes: 10_000 };
const large = { count: 50, bytes: 64_000_000 };
/** The server takes bodies of up to 11 MiB. */
const partBytes = 8_000_000;
const objects = small.count + large.count;
const rounds = 3;
const source = "acme-uploads";

/**
 * Replication of 10,000 objects of 10 KB and 50 of 64 MB between two buckets of one S3 server that others wrote,
 * beside `aws s3 sync` and `rclone copy` at its best settings (where they are installed), in turns. A tool that is
 * missing, or a server that cannot be had, is one row that says so.
 */
export async function benchReplicate(): Promise<Row[]> {
  const server = await startS3Server().catch((thrown: Error) => thrown);
  if (server instanceof Error)
    return [{ name: `replicate: left out, ${server.message}`, median: 0, unit: "" }];
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    return await measure(server.endpoint, folder);
  } finally {
    server.stop();
    rmSync(folder, { recursive: true });
  }
}

type Sweep = { seconds: number; cpuSeconds: number; peakMiB: number };

async function measure(endpoint: string, folder: string): Promise<Row[]> {
  const client = new S3Client({
    endpoint,
    region: "eu-west-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "bench", secretAccessKey: "benchbench" },
  });
  await fill(client);
  // The server has no UploadPartCopy: the command is told to copy whole objects, which is also its faster way.
  writeFileSync(join(folder, "aws"), "[default]\ns3 =\n    multipart_threshold = 5GB\n");
  const env = {
    ...process.env,
    // rclone refuses to start with it, and nothing here speaks TLS.
    AWS_CA_BUNDLE: undefined,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "benchbench",
    AWS_REGION: "eu-west-1",
    AWS_CONFIG_FILE: join(folder, "aws"),
  };
  const tools = {
    "aws s3 sync": (to: string) =>
      run("aws", ["--endpoint-url", endpoint, "s3", "sync", "--quiet", `s3://${source}`, `s3://${to}`], {
        env,
      }),
    "rclone copy": (to: string) => {
      const remote = `:s3,provider=Other,env_auth,endpoint='${endpoint}':`;
      const width = ["--transfers", "64", "--checkers", "64", "--fast-list", "--s3-no-check-bucket"];
      return run("rclone", ["copy", ...width, `${remote}${source}`, `${remote}${to}`], { env });
    },
  };
  const sweeps: Sweep[] = [];
  const others = new Map<string, number[]>();
  const missing: Row[] = [];
  for (let round = 1; round <= rounds; round++) {
    sweeps.push(await sweepOnce(client, endpoint, folder, round));
    for (const [name, tool] of Object.entries(tools)) {
      if (missing.some((row) => row.name.startsWith(name))) continue;
      const to = `bench-${name.split(" ")[0]}-${round}`;
      await client.send(new CreateBucketCommand({ Bucket: to }));
      const began = performance.now();
      const failed = await tool(to).then(
        () => undefined,
        (thrown: { code?: string }) => thrown,
      );
      if (failed?.code === "ENOENT") {
        missing.push({ name: `${name}: left out, it is not installed here`, median: 0, unit: "" });
        continue;
      }
      if (failed) throw failed;
      others.set(name, [...(others.get(name) ?? []), (performance.now() - began) / 1_000]);
      await check(client, to);
    }
  }
  const perSecond = (seconds: number[]) => objects / median(seconds);
  const ours = perSecond(sweeps.map(({ seconds }) => seconds));
  const goals: Record<string, string> = { "aws s3 sync": ">= 2", "rclone copy": "> 1 (goal)" };
  return [
    { name: "replicate: sweep of an empty replica", median: ours, unit: "objects/s" },
    ...[...others].map(([name, seconds]): Row => {
      const theirs = perSecond(seconds);
      return {
        name: `replicate: against ${name}`,
        median: theirs,
        unit: "objects/s",
        ratio: ours / theirs,
        against: name,
        goal: goals[name] ?? "",
      };
    }),
    ...missing,
    {
      name: "replicate: CPU per object",
      median: (1_000 * median(sweeps.map(({ cpuSeconds }) => cpuSeconds))) / objects,
      unit: "ms",
    },
    {
      name: "replicate: peak memory",
      median: Math.max(...sweeps.map(({ peakMiB }) => peakMiB)),
      unit: "MiB",
      goal: "<= 256",
    },
  ];
}

/** Each round has a source name of its own, and so an empty replica. */
async function sweepOnce(client: S3Client, endpoint: string, folder: string, round: number): Promise<Sweep> {
  const plan = { name: "p", everySeconds: 3_600, rpoSeconds: 7_200, keep: { daily: 1 }, copies: [] };
  const name = `uploads-${round}`;
  const environment: Environment = {
    name: "bench",
    account: "000000000000",
    primaryRegion: "eu-west-1",
    recoveryRegion: "eu-central-1",
    profile: "ephemeral",
    alerts: { page: [], notify: [] },
    plans: [plan],
    sources: [{ name, kind: "bucket", bucket: source, deletions: "keep", plan }],
  };
  const replica = replicaName(environment, name, environment.recoveryRegion);
  await client.send(new CreateBucketCommand({ Bucket: replica }));
  if (round === 1)
    await client.send(new CreateBucketCommand({ Bucket: vaultName(environment, "eu-west-1") }));
  const file = join(folder, "environment.json");
  writeFileSync(file, JSON.stringify(environment));
  const { stdout } = await run(process.execPath, [
    // What the function is to be deployed with (NODE_OPTIONS): a larger nursery is memory without speed here.
    "--max-semi-space-size=8",
    join(import.meta.dirname, "replicate-sweep.ts"),
    file,
    endpoint,
  ]);
  await check(client, replica);
  return JSON.parse(stdout) as Sweep;
}

async function fill(client: S3Client): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: source }));
  const sizes = [
    ...Array.from({ length: small.count }, () => small.bytes),
    ...Array.from({ length: large.count }, () => large.bytes),
  ].entries();
  const worker = async () => {
    for (const [index, bytes] of sizes) {
      const Key = `folder-${index % 100}/object-${index}`;
      if (bytes > partBytes) {
        await uploadInParts(client, Key, bytes);
        continue;
      }
      await client.send(
        new PutObjectCommand({ Bucket: source, Key, Body: Buffer.alloc(bytes, index % 256) }),
      );
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

async function uploadInParts(client: S3Client, Key: string, bytes: number): Promise<void> {
  const to = { Bucket: source, Key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(to));
  const Parts = [];
  for (let PartNumber = 1; PartNumber <= bytes / partBytes; PartNumber++) {
    const Body = Buffer.alloc(partBytes, PartNumber);
    const { ETag } = await client.send(new UploadPartCommand({ ...to, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...to, UploadId, MultipartUpload: { Parts } }));
}

/** A tool counts only if everything has arrived. */
async function check(client: S3Client, bucket: string): Promise<void> {
  let count = 0;
  let bytes = 0;
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken }));
    for (const { Size = 0 } of page.Contents ?? []) {
      count += 1;
      bytes += Size;
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  if (count !== objects || bytes !== small.count * small.bytes + large.count * large.bytes)
    throw new Error(`${bucket} has ${count} objects with ${bytes} bytes`);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
