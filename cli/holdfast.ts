#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

// Most of a short command's time is compiling it. Not in the temporary folder, which others may write to.
enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/node-compiled"));
const { run } = await import("./run.ts");

process.exitCode = await run(process.argv.slice(2), {
  // Loaded late: --help needs no SDK, and the SDK reads the variables of the environment's file.
  reach: async () => (await import("./reach.ts")).awsReach,
  now: () => new Date(),
  wait: (ms) => wait(ms),
  tell: (line) => process.stderr.write(`${line}\n`),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  variables: process.env,
  folder: ".holdfast",
});
