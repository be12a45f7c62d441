import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** An S3 server that others wrote, kept out of package.json because only benchmarks use it. */
const packageName = "fauxqs@2.4.1";
const folder = join(import.meta.dirname, "..", "node_modules", ".cache", "holdfast-bench");

/** A running S3 server on loopback that keeps everything in memory. */
export type S3Server = { name: string; endpoint: string; stop(): void };

/** Installs the server if need be, and starts it. Throws an `Error` whose message says why the bench must be left out. */
export async function startS3Server(): Promise<S3Server> {
  const cli = join(folder, "node_modules", "fauxqs", "dist", "cli.js");
  if (!existsSync(cli)) {
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync("npm", ["install", "--no-save", "--prefix", folder, packageName], { stdio: "ignore" });
    } catch {
      throw new Error(`${packageName} could not be installed from npm`);
    }
  }
  const port = await freePort();
  const server = spawn(process.execPath, ["--max-old-space-size=8192", cli], {
    env: { ...process.env, FAUXQS_PORT: String(port), FAUXQS_HOST: "127.0.0.1", FAUXQS_LOGGER: "false" },
    stdio: "ignore",
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint, server);
  return { name: packageName, endpoint, stop: () => void server.kill() };
}

async function answering(endpoint: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (server.exitCode !== null) break;
    if (await fetch(endpoint).catch(() => undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill();
  throw new Error(`${packageName} did not answer on ${endpoint}`);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
