import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { constants, createGzip, createZstdCompress } from "node:zlib";
import { vaultName } from "../functions/core/names.ts";
import type { Row } from "./row.ts";

const run = promisify(execFile);

const rounds = 3;
const mebibyte = 1024 ** 2;
const bucket = "bench-drop";
/** 1 GiB of content; the packed archives hold half of it, so that packing them does not take minutes. */
const contentMiB = { "content.bin": 1_024, "content.tar": 512 };
const environment = { name: "bench", account: "000000000000", region: "eu-west-1" };

type Once = { seconds: number; cpuSeconds: number; peakMiB: number; failed: boolean };

/**
 * Verification of a stored object of 1 GiB by the whole function (its bundle, the SDK, HTTP) beside `openssl dgst` on
 * the file and `curl | openssl dgst` from the same server; of a .gz and a .tar.zst beside Node's decompressor alone.
 * In turns, each in a process of its own. The S3 server is the stand-in's, in a third.
 */
export async function benchVerify(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-verify-"));
  let server: ChildProcess | undefined;
  try {
    const archives = join(folder, "archives");
    await writeArchives(archives);
    const bundle = bundleIn(folder);
    const vault = vaultName(environment, environment.region);
    const script = resolve("bench/verify-server.ts");
    server = spawn(process.execPath, [script, archives, join(folder, "stored"), bucket, vault], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [address] = (await once(server.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    return await measure(address.toString().trim(), archives, bundle);
  } finally {
    server?.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(url: string, archives: string, bundle: string): Promise<Row[]> {
  const seconds = new Map<string, number[]>();
  const note = (name: string, value: number) => seconds.set(name, [...(seconds.get(name) ?? []), value]);
  const peaks: number[] = [];
  const verify = async (key: string) => {
    const { seconds, peakMiB } = await verifyOnce(url, bundle, key);
    note(`verify ${key}`, seconds);
    peaks.push(peakMiB);
  };
  for (let round = 0; round < rounds; round++) {
    const file = join(archives, "content.bin");
    // The stand-in reads the region from the credential that SigV4 would carry.
    const credential = "X-Amz-Credential=bench/20261121/eu-west-1/s3/aws4_request";
    note("openssl", await timed("openssl", ["dgst", "-sha256", file]));
    const curl = `curl -sf '${url}/${bucket}/content.bin?${credential}' | openssl dgst -sha256`;
    note("curl", await timed("sh", ["-c", curl]));
    for (const key of ["content.bin", "content.tar"]) await verify(key);
    for (const key of ["content.gz", "content.tar.zst"]) {
      const { stdout } = await run(process.execPath, [
        resolve("bench/verify-decompress.ts"),
        join(archives, key),
      ]);
      note(`alone ${key}`, JSON.parse(stdout).seconds);
      await verify(key);
    }
  }
  const rate = (name: string, sizeMiB: number) => Math.round(sizeMiB / median(seconds.get(name) ?? []));
  const { "content.bin": plain, "content.tar": packed } = contentMiB;
  const ours = rate("verify content.bin", plain);
  const beside = (name: string, median: number, other: number, against: string, goal: string): Row => ({
    name,
    median,
    unit: "MiB/s",
    ratio: median / other,
    against: `${against} (${other} MiB/s)`,
    goal,
  });
  return [
    beside(
      "verify: a stored object of 1 GiB",
      ours,
      rate("openssl", plain),
      "openssl dgst on the file",
      ">= 0.5",
    ),
    beside("verify: the same", ours, rate("curl", plain), "curl | openssl dgst", ">= 0.7"),
    { name: "verify: a .tar of 512 MiB", median: rate("verify content.tar", packed), unit: "MiB/s" },
    ...["content.gz", "content.tar.zst"].map((key) =>
      beside(
        `verify: ${key}, 512 MiB of content`,
        rate(`verify ${key}`, packed),
        rate(`alone ${key}`, packed),
        "Node's decompressor alone",
        ">= 0.8",
      ),
    ),
    { name: "verify: peak memory", median: Math.round(Math.max(...peaks)), unit: "MiB", goal: "<= 160" },
  ];
}

async function verifyOnce(url: string, bundle: string, key: string): Promise<Once> {
  const { stdout } = await run(
    process.execPath,
    [resolve("bench/verify-once.ts"), bundle, environment.name, key],
    {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: url,
        AWS_REGION: environment.region,
        AWS_ACCESS_KEY_ID: "bench",
        AWS_SECRET_ACCESS_KEY: "bench",
        LAMBDA_TASK_ROOT: bundle,
        HOLDFAST_VAULT_KEY_ARN: "arn",
        HOLDFAST_PAGE_TOPIC_ARN: "arn",
        HOLDFAST_NOTIFY_TOPIC_ARN: "arn",
      },
    },
  );
  const once = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as Once;
  if (once.failed) throw new Error(`verify failed on ${key}`);
  return once;
}

/** The function's bundle as synth makes it, with an environment of the bench's own. */
function bundleIn(folder: string): string {
  const out = join(folder, "cdk.out");
  const env = { ...process.env, CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify({ env: "local" }) };
  execFileSync(process.execPath, [resolve("infra/app.ts")], { env, stdio: "ignore" });
  const bundle = join(out, "bundles", "verify");
  const plan = { name: "p", everySeconds: 3_600, rpoSeconds: 7_200, keep: { daily: 1 }, copies: [] };
  const source = { name: "bench", kind: "archives", bucket, prefix: "", arrivesSeconds: 86_400, plan };
  const file = {
    ...{ name: environment.name, account: environment.account, profile: "ephemeral" },
    ...{ primaryRegion: environment.region, recoveryRegion: "eu-central-1" },
    ...{ alerts: { page: [], notify: [] }, plans: [plan], sources: [source] },
  };
  const handle = openSync(join(bundle, "environment.json"), "w");
  writeSync(handle, JSON.stringify(file));
  closeSync(handle);
  return bundle;
}

/** Rows of invented text that packs to about a third; a tar of it, and both packed. */
async function writeArchives(folder: string): Promise<void> {
  mkdirSync(folder);
  for (const [name, sizeMiB] of Object.entries(contentMiB)) {
    const handle = openSync(join(folder, name), "w");
    const data = sizeMiB * mebibyte - (name.endsWith(".tar") ? 1_536 : 0);
    if (name.endsWith(".tar")) writeSync(handle, tarHeader(data));
    for (let at = 0; at < data; at += mebibyte)
      writeSync(handle, rows(at).subarray(0, Math.min(mebibyte, data - at)));
    if (name.endsWith(".tar")) writeSync(handle, Buffer.alloc(1_024));
    closeSync(handle);
  }
  const tar = join(folder, "content.tar");
  const zstd = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  await pipeline(
    createReadStream(tar),
    createGzip({ level: 6 }),
    createWriteStream(join(folder, "content.gz")),
  );
  await pipeline(createReadStream(tar), zstd, createWriteStream(join(folder, "content.tar.zst")));
}

let state = 1;

function rows(seed: number): Buffer {
  state = seed + 1;
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state % below;
  };
  let text = "";
  while (text.length < mebibyte)
    text += `${next(1e9)}\tcustomer ${next(1e5)}\t${next(1e6) / 100}\tshipped\t2026-11-21\n`;
  return Buffer.from(text);
}

function tarHeader(size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write("content\0", 0);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        0", 148);
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

async function timed(command: string, args: string[]): Promise<number> {
  const began = performance.now();
  await run(command, args);
  return (performance.now() - began) / 1_000;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
