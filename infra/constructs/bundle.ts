import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import type { Environment } from "../../functions/core/environment.ts";

/** The functions that are deployed; each is the folder of its handler. */
export const tasks = ["reconcile", "replicate", "verify", "alert", "connect"] as const;

/** A function by its folder's name. */
export type TaskName = (typeof tasks)[number];

const functionsFolder = new URL("../../functions/", import.meta.url).pathname;

/**
 * Bundles every function, with the SDK clients it uses, and the environment beside the code. One esbuild run for
 * all takes a tenth of a second; NodejsFunction starts a process for each. The folder goes when the process ends.
 */
export function bundle(environment: Environment): (task: TaskName) => string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bundles-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const there = tasks.filter((task) => existsSync(join(functionsFolder, task, "handler.ts")));
  buildSync({
    entryPoints: there.map((task) => ({
      in: join(functionsFolder, task, "handler.ts"),
      out: `${task}/index`,
    })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    // What is still CommonJS inside needs a require; ES modules have none.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: "warning",
  });
  for (const task of there)
    writeFileSync(join(folder, task, "environment.json"), JSON.stringify(environment, null, 2));
  return (task) => join(folder, task);
}
