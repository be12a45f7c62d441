import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const command = fileURLToPath(new URL("../../cli/holdfast.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
afterEach(() => rmSync(join(folder, ".holdfast"), { recursive: true, force: true }));

/** Runs the command as a person would, in a folder of its own and with nothing set but what is given. */
function holdfast(args: string[], variables: Record<string, string> = {}) {
  return new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    const env = { PATH: process.env.PATH ?? "", ...variables };
    const child = spawn(command, args, { cwd: folder, env });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

function writeEnvironment(name: string, lines: string[]) {
  mkdirSync(join(folder, ".holdfast"), { recursive: true });
  writeFileSync(join(folder, ".holdfast", `${name}.env`), `${lines.join("\n")}\n`);
}

/** A port of this machine on which nothing listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

test("help ends with the exit codes and examples", async () => {
  const { code, out } = await holdfast(["--help"]);
  expect(code).toBe(0);
  expect(out).toContain("holdfast status ");
  expect(out.indexOf("Exit codes")).toBeGreaterThan(0);
  expect(out.indexOf("Examples")).toBeGreaterThan(out.indexOf("Exit codes"));
});

test("without a verb it prints its help and exits with 2", async () => {
  expect(await holdfast([])).toMatchObject({ code: 2, out: expect.stringContaining("holdfast status ") });
});

test("an endpoint that does not answer exits with 6, as JSON if that was asked for", async () => {
  const port = await deadPort();
  writeEnvironment("local", [
    `AWS_ENDPOINT_URL=http://127.0.0.1:${port}`,
    "AWS_ACCESS_KEY_ID=person",
    "AWS_SECRET_ACCESS_KEY=none",
    "HOLDFAST_REGIONS=eu-west-1,eu-central-1",
  ]);

  const { code, err, out } = await holdfast(["status", "--json"]);

  expect(out).toBe("");
  expect(JSON.parse(err)).toMatchObject({ error: { code: "unavailable" } });
  expect(err).toContain("eu-central-1");
  expect(code).toBe(6);
}, 60_000);

test("what is set already is stronger than the environment's file", async () => {
  const port = await deadPort();
  writeEnvironment("local", [
    "HOLDFAST_REGIONS=eu-west-1",
    "AWS_ACCESS_KEY_ID=person",
    "AWS_SECRET_ACCESS_KEY=none",
  ]);

  const { err } = await holdfast(["status"], {
    HOLDFAST_REGIONS: "us-east-1",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  });

  expect(err).toContain("STS in us-east-1");
}, 60_000);

test("two environments' files do not make clear which one is meant", async () => {
  writeEnvironment("dev", []);
  writeEnvironment("prod", []);

  const { code, err } = await holdfast(["status"]);

  expect(err).toContain("there are files for dev, prod");
  expect(code).toBe(2);
});

test("without credentials it says how to get some", async () => {
  const { code, err } = await holdfast(["status", "--env", "prod", "--region", "eu-west-1"], {
    AWS_EC2_METADATA_DISABLED: "true",
    HOME: folder,
  });

  expect(err).toContain("No AWS credentials were found");
  expect(err).toContain("AWS_PROFILE");
  expect(code).toBe(4);
}, 60_000);
