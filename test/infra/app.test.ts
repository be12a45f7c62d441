import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { describe } from "../../functions/core/plan.ts";
import { tasks } from "../../infra/constructs/bundles.ts";
import { prod } from "./environments.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "holdfast-app-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the app as `npm start` does: without the CDK CLI. */
function synth(out: string, context: Record<string, string>) {
  return spawnSync(process.execPath, ["infra/app.ts"], {
    cwd: root,
    encoding: "utf8",
    env: {
      ...process.env,
      // As whoever deploys has it: templates that CDK's own check refuses are told of here.
      CDK_VALIDATION: "true",
      CDK_OUTDIR: join(folder, out),
      CDK_CONTEXT_JSON: JSON.stringify(context),
    },
  });
}

const filesOf = (out: string) => readdirSync(join(folder, out)).sort();

test("synth says each source's plan, and bundles each function with the environment beside it", () => {
  const { status, stderr } = synth("prod", { env: "prod" });
  expect(stderr).toContain(`ledger: ${describe(prod.sources[1]?.plan as (typeof prod.plans)[0])}`);
  expect(status, stderr).toBe(0);
  for (const { name, plan } of prod.sources) expect(stderr).toContain(`${name}: Plan "${plan.name}"`);

  for (const task of tasks) {
    const at = join(folder, "prod", "bundles", task);
    // The API serves the console, whose files lie beside its code.
    const files =
      task === "api"
        ? ["console", "environment.json", "index.mjs", "openapi.json"]
        : ["environment.json", "index.mjs"];
    expect(readdirSync(at).sort()).toEqual(files);
    expect(JSON.parse(readFileSync(join(at, "environment.json"), "utf8"))).toEqual(prod);
    // The bound for a cold start.
    expect(readFileSync(join(at, "index.mjs")).length).toBeLessThan(800_000);
  }
});

test("each bundle loads by itself and exports its handler", () => {
  for (const task of tasks) {
    const alone = join(folder, "alone", task);
    cpSync(join(folder, "prod", "bundles", task), alone, { recursive: true });
    const script = `const { handler } = await import(${JSON.stringify(join(alone, "index.mjs"))}); console.log(typeof handler);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      env: { AWS_REGION: "eu-west-1" },
    });
    expect(stdout, stderr).toBe("function\n");
  }
});

test("the same sources give the same assembly", () => {
  expect(synth("again", { env: "prod" }).status).toBe(0);
  expect(filesOf("again")).toEqual(filesOf("prod"));
});

test("an unknown environment, or none, is refused in one line with those that exist", () => {
  for (const [context, said] of [
    [{ env: "prd" }, 'There is no environment "prd". Write -c env=prod; there are: dev, local, prod.\n'],
    [{}, "No environment was named. Write -c env=<name>, one of: dev, local, prod.\n"],
  ] as const) {
    const { status, stderr } = synth("none", context);
    expect(stderr).toBe(said);
    expect(status).toBe(1);
  }
  expect(existsSync(join(folder, "none", "manifest.json"))).toBe(false);
});

test("infra/app.ts stays a page", () => {
  const lines = readFileSync(join(root, "infra/app.ts"), "utf8").trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(40);
});
