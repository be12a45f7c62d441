import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../functions/core/environment.ts";
import type { Template } from "../../infra/templates.ts";

/*
 * CDK takes seconds to load and to synthesize, and a score of test files ask for the same few environments. So each is
 * synthesized once for the same sources, by test/infra/synthesize.ts, and read by whoever comes after.
 */
const root = fileURLToPath(new URL("../../", import.meta.url));
const cache = join(root, "node_modules", ".cache", "holdfast-synthesized");

/** What a synthesis is made from, besides the environment. */
const sources = ["functions", "infra", "console", "package-lock.json", "test/infra/synthesize.ts"];

const read = new Map<string, Template[]>();

/** An environment's templates. Nobody may change them: others read the same. */
export function templatesOf(environment: Environment): Template[] {
  const folder = synthesized(environment);
  const templates: Template[] =
    read.get(folder) ?? JSON.parse(readFileSync(join(folder, "templates.json"), "utf8"));
  read.set(folder, templates);
  return templates;
}

/** A folder with the environment's assembly, in which nothing stands for each function's code. Nobody may change it. */
export function assemblyOf(environment: Environment): string {
  return join(synthesized(environment), "assembly");
}

function synthesized(environment: Environment): string {
  const input = JSON.stringify(environment);
  const folder = join(cache, digestOf(sourcesDigest(), input));
  if (existsSync(folder)) return folder;
  forgetOld();
  const made = `${folder}.${process.pid}`;
  const { status, stderr } = spawnSync(process.execPath, ["test/infra/synthesize.ts", made], {
    cwd: root,
    input,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the environment was not synthesized: ${stderr}`);
  try {
    renameSync(made, folder);
  } catch (thrown) {
    // Another worker was faster, with the same.
    if (!existsSync(folder)) throw thrown;
    rmSync(made, { recursive: true });
  }
  return folder;
}

let known: string | undefined;

function sourcesDigest(): string {
  known ??= digestOf(...sources.flatMap((one) => textsUnder(join(root, one))));
  return known;
}

/** Every file under a path, by its name and its text. */
function textsUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path.slice(root.length), readFileSync(path, "utf8")];
  return readdirSync(path)
    .sort()
    .flatMap((name) => textsUnder(join(path, name)));
}

function digestOf(...texts: string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length} ${text}`);
  return hash.digest("hex").slice(0, 16);
}

/** What was made from sources of some days ago is not asked for again. */
function forgetOld(): void {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    const ageMs = Date.now() - statSync(join(cache, name)).mtimeMs;
    if (ageMs > 2 * 86_400_000) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
