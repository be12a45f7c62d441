import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mutations as expiryMutations, type Mutation } from "./expiry-mutations.ts";
import { tellingMutations } from "./telling-mutations.ts";

/*
 * `node test/simulation/mutate.ts [--of telling] [--seeds 1000] [--only <part of a name>]`: takes each guard of expiry, or of
 * telling people, away, in a copy of the sources, and says at which of so many seeds the simulation misses it. Exits with 1
 * if it misses one not.
 */
const { values } = parseArgs({
  options: {
    of: { type: "string", default: "expiry" },
    seeds: { type: "string", default: "1000" },
    only: { type: "string", default: "" },
    /** Of the process that runs in the copy: which mutation it has. */
    within: { type: "string" },
  },
});
const mutations = values.of === "telling" ? tellingMutations : expiryMutations;
if (values.within === undefined) judgeAll();
else await simulateAll(mutations.find(({ name }) => name === values.within) as Mutation);

/** What came of the seeds of one mutation: the first broken promise that was to break, and one that was not. */
type Found = { broken?: string; unspared?: string };

function judgeAll(): void {
  const copy = mkdtempSync(join(tmpdir(), "holdfast-mutant-"));
  try {
    for (const folder of ["functions", "local", "test"])
      cpSync(folder, join(copy, folder), { recursive: true });
    cpSync("package.json", join(copy, "package.json"));
    symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
    for (const mutation of mutations.filter(({ name }) => name.includes(values.only))) {
      const { broken, unspared } = judge(copy, mutation);
      if (!broken || unspared) process.exitCode = 1;
      process.stdout.write(`${broken ? "missed  " : "SURVIVES"} ${mutation.name}: ${broken ?? "-"}\n`);
      if (unspared) process.stdout.write(`         and should not: ${unspared}\n`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function judge(copy: string, { name, edits }: Mutation): Found {
  const sound = new Map(edits.map(({ file }) => [join(copy, file), readFileSync(join(copy, file), "utf8")]));
  for (const { file, from, to } of edits) {
    const text = readFileSync(join(copy, file), "utf8");
    if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one: ${from}`);
    writeFileSync(
      join(copy, file),
      text.replace(from, () => to),
    );
  }
  const args = [
    join(copy, "test/simulation/mutate.ts"),
    "--within",
    name,
    "--of",
    values.of,
    "--seeds",
    values.seeds,
  ];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  for (const [path, text] of sound) writeFileSync(path, text);
  return stdout ? (JSON.parse(stdout) as Found) : { unspared: stderr };
}

async function simulateAll({ breaks = /./, spares }: Mutation): Promise<void> {
  const { simulateExpiry } = await import("./expiry.ts");
  const { simulateTelling } = await import("./telling.ts");
  const run = values.of === "telling" ? (seed: number) => simulateTelling(seed) : simulateExpiry;
  console.log = () => {};
  console.error = () => {};
  const found: Found = {};
  for (let seed = 1; seed <= Number(values.seeds) && (spares || !found.broken); seed++) {
    for (const line of (await run(seed)).broken) {
      if (breaks.test(line)) found.broken ??= `seed ${seed}: ${line}`;
      if (spares?.test(line)) found.unspared ??= `seed ${seed}: ${line}`;
    }
  }
  process.stdout.write(JSON.stringify(found));
}
