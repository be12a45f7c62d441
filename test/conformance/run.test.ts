import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readArguments } from "./arguments.ts";
import { differencesOf } from "./differences.ts";
import { Differs } from "./expect.ts";
import { Bench, type Case } from "./place.ts";
import { judge, type Outcome, runAll } from "./suite.ts";

const folder = mkdtempSync(join(tmpdir(), "conformance-"));
afterAll(() => rmSync(folder, { recursive: true }));

const aim = { region: "eu-west-1", otherRegion: "eu-central-1", patienceSeconds: 1 };
const head = "| case | AWS documents | here instead |\n| --- | --- | --- |\n";

/** Runs the command line; gives its exit code and what it wrote. */
function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, "run.ts"), ...argv], (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

test.each([
  [[], "Say against what to run: --endpoint <url>, or --aws for AWS itself"],
  [["--endpoint", "http://x", "--aws"], "Give --endpoint or --aws, not both"],
  [["--endpoint", "localhost:5000"], '--endpoint is "localhost:5000", but must be an address like http://'],
  [["--endpoint", "http://x/path"], '--endpoint is "http://x/path", but must be'],
  [["--endpoint", "http://x", "--costly"], "--costly and --role go with --aws only"],
  [["--endpoint", "http://x", "--region", "Frankfurt"], '--region is "Frankfurt", which is no region like'],
  [
    ["--endpoint", "http://x", "--region", "eu-central-1"],
    "--region and --other-region are both eu-central-1",
  ],
  [["--endpoint", "http://x", "--patience", "soon"], '--patience is "soon", but must be 1 to 99999 seconds'],
  [["--endpont", "http://x"], "Unknown option '--endpont'"],
])("wrong arguments %j are told in one sentence", (argv, sentence) => {
  expect(() => readArguments(argv)).toThrow(sentence);
});

test("a command line is one sentence and exit code 2 where nothing can be run", async () => {
  expect(await run()).toEqual({
    code: 2,
    out: "",
    err: "conformance: Say against what to run: --endpoint <url>, or --aws for AWS itself.\n",
  });
  const nobody = await run("--endpoint", "http://127.0.0.1:9");
  expect(nobody.code).toBe(2);
  expect(nobody.err).toMatch(/^conformance: Nothing can be asked of http:\/\/127\.0\.0\.1:9 \([^\n]+\)\.\n$/);
  expect(await run("--endpoint", "http://127.0.0.1:9", "--only", "no such")).toMatchObject({
    code: 2,
    err: 'conformance: No case has "no such" in its name.\n',
  });
  const table = join(folder, "table.md");
  writeFileSync(table, `${head}| S4: none | x | y |\n`);
  expect(await run("--endpoint", "http://127.0.0.1:9", "--differences", table)).toMatchObject({
    code: 2,
    err: `conformance: ${table} lists what is no case: S4: none.\n`,
  });
  expect((await run("--endpoint", "http://127.0.0.1:9", "--differences", folder)).err).toContain(
    "cannot be read",
  );
});

test("an unlisted difference is exit code 1, a listed one is 0, a listed one that is gone is 1", async () => {
  let account = "none";
  const server = createServer((_request, response) => {
    const identity = `<Account>${account}</Account><Arn>arn:aws:iam::${account}:user/x</Arn><UserId>x</UserId>`;
    response.end(
      `<GetCallerIdentityResponse><GetCallerIdentityResult>${identity}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const table = join(folder, "listed.md");
  const name = "STS: whoever calls is told the account, its ARN and its id";
  writeFileSync(table, `${head}| ${name} | an account | has none |\n`);
  const only = ["--endpoint", endpoint, "--only", "STS"];
  const unlisted = await run(...only);
  expect(unlisted).toMatchObject({ code: 1, err: "" });
  expect(unlisted.out).toContain(`FAILED   ${name}: the account is "none", which does not match`);
  expect(await run(...only, "--differences", table)).toMatchObject({
    code: 0,
    out: `differs  ${name}: has none\n1 cases: 1 differs\n`,
  });
  account = "123456789012";
  expect(await run(...only, "--differences", table)).toMatchObject({
    code: 1,
    out: `GONE     ${name}: it is as documented now: remove its line\n1 cases: 1 GONE\n`,
  });
  const json = await run(...only, "--json");
  expect(json.code).toBe(0);
  expect(JSON.parse(json.out)).toMatchObject([{ name, outcome: "ok" }]);
  server.close();
});

test("a table of differences is refused where a row is not whole or comes twice", () => {
  expect(differencesOf(`# Title\n\n${head}| a | b | c |\n`, "t")).toEqual(new Map([["a", "c"]]));
  expect(() => differencesOf(`${head}| a | b |\n`, "t")).toThrow("t, line 3 is no row");
  expect(() => differencesOf(`${head}| a | b | c |\n| a | b | d |\n`, "t")).toThrow("lists a a second time");
});

test("outcomes are told in the order of the cases, with what was not run, and removals come last made first", async () => {
  const removed: string[] = [];
  const one = (name: string, run: Case["run"], needs?: Case["needs"]): Case => ({
    name,
    run,
    ...(needs ? { needs } : {}),
  });
  const cases = [
    one("slow", () => new Promise((resolve) => setTimeout(resolve, 50))),
    one("fails", async (place) => {
      place.afterwards("a", async () => removed.push("a"));
      place.afterwards("b", async () => removed.push("b"));
      throw new Differs("it is not so");
    }),
    one("leaves something", async (place) => {
      place.afterwards("a queue", () => Promise.reject(new Error("busy")));
    }),
    one("costs", async () => {}, "database"),
  ];
  const told: Outcome[] = [];
  const without = ({ needs }: Case) => (needs ? "it needs --costly" : undefined);
  const bench = new Bench({ ...aim, endpoint: "http://127.0.0.1:9" });
  await runAll(bench, cases, { without, known: new Map(), tell: (outcome) => told.push(outcome) });
  expect(told).toMatchObject([
    { name: "slow", outcome: "ok" },
    { name: "fails", outcome: "FAILED", reason: "it is not so" },
    { name: "leaves something", outcome: "FAILED", reason: "could not be removed: a queue (Error: busy)" },
    { name: "costs", outcome: "not run", reason: "it needs --costly" },
  ]);
  expect(removed).toEqual(["b", "a"]);
  expect(judge("x", "why", new Map([["x", "known"]]), 1)).toMatchObject({
    outcome: "differs",
    reason: "known",
  });
});
