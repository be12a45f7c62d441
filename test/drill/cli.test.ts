import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { drillKey } from "../../functions/catalog/keys.ts";
import { DrillFinishedFact } from "../../functions/core/drill.ts";
import { factText } from "../../functions/core/fact.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { signDrill, verifyText } from "../../functions/signing/certificate.ts";
import { signingKey } from "../signing/drill-fact.ts";
import { cannedChecker } from "./canned.ts";
import { holdfast } from "./command.ts";
import { type Checker, orders, putUpDrills } from "./house.ts";

/*
 * What a person sees of drills: following one, its certificate, its report.
 */
const folder = mkdtempSync(join(tmpdir(), "holdfast-drill-"));
const file = (name: string) => join(folder, name);
let house: Awaited<ReturnType<typeof putUpDrills>>;
let checker: Checker;
/** Lets what was started run on while the command waits. */
let meanwhile: (ms: number) => Promise<void>;
const hold = (...args: string[]) => holdfast(house, args, meanwhile);

beforeAll(async () => {
  checker = cannedChecker;
  const { drill: _, ...undrilled } = orders.plan;
  const plain = {
    ...orders,
    name: "plain",
    instance: "plain-db",
    plan: { ...undrilled, name: "plain" },
  } as typeof orders;
  house = await putUpDrills([orders, plain], { checker: (request, world) => checker(request, world) });
  const id = {
    DBInstanceIdentifier: "orders-db",
    MasterUsername: "owner",
    MasterUserPassword: "not a secret",
  };
  await house.call("eu-west-1", "CreateDBInstance", { ...id, Engine: "postgres" });
  for (let passes = 0; passes < 4; passes++) await house.pass(10);
  house.started.clear();
  const running = new Map<string, ReturnType<typeof house.execution>>();
  meanwhile = async (ms) => {
    house.clock.advance(ms);
    for (const [name, request] of house.started) {
      const durable = running.get(name) ?? house.execution(request);
      running.set(name, durable);
      await durable.run();
    }
  };
});

beforeEach(() => {
  checker = cannedChecker;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a drill is started and followed, stage by stage, until it passed", async () => {
  const ran = await hold("drill", "orders");
  expect(ran.code, ran.err).toBe(0);
  expect(ran.out).toMatch(
    /^The point 20261121T0300Z of "orders" was restored and checked in 1\dm( \d+s)? \(RTO 1h\)\.\n/,
  );
  const slot = [...house.started.values()].at(-1)?.drill;
  expect(ran.out).toContain(`holdfast certificate orders ${slot} --env test`);
  for (const stage of [
    "Waiting for the drill to begin.",
    "RDS says of test-orders-drill-",
    "reading and checking test-orders-drill-",
    "taking test-orders-drill-",
  ])
    expect(ran.err).toContain(stage);
  expect(ran.err).toMatch(/ so far\)/);
  expect(ran.err).not.toContain("usually");
}, 30_000);

test("the next one says how long they usually take, and fails with what differs", async () => {
  house.clock.advance(60_000);
  checker = async (request, world) => {
    const report = (await cannedChecker(request, world)) as {
      fingerprints: { tables: { digest: string }[] }[];
    };
    for (const { tables } of report.fingerprints) for (const table of tables) table.digest = "6".repeat(32);
    return report;
  };
  const ran = await hold("drill", "orders");
  expect(ran.code).toBe(7);
  expect(ran.out).toMatch(/failed its drill: table public\.a differs: 5 rows, and other contents/);
  expect(ran.err).toMatch(/RDS says of \S+ creating\. \(\d+s so far, usually available after 1\dm/);
  expect(ran.err).toMatch(/reading and checking \S+ \(1\dm( \d+s)? so far, usually checked after 1\dm/);
  const failed = [...house.started.values()].at(-1)?.drill ?? "";
  const certificate = await hold("certificate", "orders", failed);
  expect(certificate.code).toBe(7);
  expect(certificate.err).toContain(
    `The drill ${failed} of "orders" has no certificate: table public.a differs`,
  );
}, 30_000);

test("what is under way is followed and not begun twice; --no-wait does not wait", async () => {
  house.clock.advance(60_000);
  const asked = await hold("drill", "orders", "--no-wait", "--json");
  const { drill } = JSON.parse(asked.out);
  await meanwhile(60_000);
  const count = house.started.size;
  const ran = await hold("drill", "orders");
  expect(ran.err).toContain(`The drill ${drill} of "orders" is under way already; following it.`);
  expect(house.started.size).toBe(count);
  expect(ran.code).toBe(0);
}, 30_000);

test("a certificate is written to a file and verified by the file alone", async () => {
  const slot = firstDrill();
  expect((await hold("certificate", "orders", slot, "--file", file("good.json"))).code).toBe(0);
  const text = readFileSync(file("good.json"), "utf8");
  expect(verifyText(text).mismatches).toEqual([]);
  expect((await hold("certificate", "orders", slot, "--json")).out).toBe(text);
  const alone = await hold("certificate", "--verify", "--file", file("good.json"));
  expect(alone.code, alone.err).toBe(0);
  expect(alone.out).toContain(
    `The drill ${slot} of "orders", from ${file("good.json")}, is as it was signed by arn:aws:kms:`,
  );
  expect(alone.out).toMatch(/its SHA-256 is [0-9a-f]{64}/);

  writeFileSync(file("bad.json"), text.replace('"rows": 10', '"rows": 11'));
  const bad = await hold("certificate", "--verify", "--file", file("bad.json"));
  expect(bad.code).toBe(7);
  expect(bad.out).toContain("WRONG  the signature is not that of this key over these contents");
});

test("against the vaults, each field that differs is named, and so is a key that no vault knows", async () => {
  const slot = firstDrill();
  const good = await hold("certificate", "orders", slot, "--verify", "--json");
  expect(good.code, good.out).toBe(0);
  expect(JSON.parse(good.out)).toMatchObject({ good: true, mismatches: [] });

  const text = readFileSync(file("good.json"), "utf8");
  writeFileSync(file("bad.json"), text.replace('"secondsToChecked": ', '"secondsToChecked": 1'));
  const bad = await hold("certificate", "orders", slot, "--verify", "--file", file("bad.json"));
  expect(bad.code).toBe(7);
  expect(bad.out).toContain(`WRONG  the file ${file("bad.json")} differs from it in secondsToChecked`);

  writeFileSync(file("key.pem"), DrillFinishedFact.parse(JSON.parse(text)).signature.publicKey);
  expect(
    (await hold("certificate", "--verify", "--file", file("good.json"), "--key", file("key.pem"))).code,
  ).toBe(0);
});

test("whoever replaces a certificate in one vault is found by the other vault, the key and the fingerprint", async () => {
  const slot = firstDrill();
  for (const world of [house.primary, house.recovery]) await reconcile(world);
  const key = drillKey("orders", slot, "finished");
  const text = await house.recovery.catalog.text(key);
  const fact = DrillFinishedFact.parse(JSON.parse(text));
  const put = (region: string, Key: string, Body: string) =>
    house.twin.call({
      ...{ service: "s3", region, operation: "PutObject", principal: "thief" },
      input: { Bucket: `holdfast-test-000000000000-${region}`, Key, Body: Buffer.from(Body) },
    });
  const whole = await hold("certificate", "orders", slot, "--verify", "--json");
  expect(JSON.parse(whole.out)).toMatchObject({ good: true, mismatches: [], notes: [] });
  await put("eu-central-1", key, factText(DrillFinishedFact, { ...fact, rpoSeconds: 1 }));
  const replaced = await hold("certificate", "orders", slot, "--verify");
  expect(replaced.code).toBe(7);
  expect(replaced.out).toContain("the copy in the vault in eu-west-1 differs from it in rpoSeconds");
  expect(replaced.out).toContain("the signature is not that of this key over these contents");
  await put("eu-central-1", key, text);

  const forged = await signDrill({ ...fact, rpoSeconds: 1 }, await signingKey());
  await put("eu-central-1", key, factText(DrillFinishedFact, forged));
  const other = await hold("certificate", "orders", slot, "--verify", "--region", "eu-central-1");
  expect(other.out).toContain("WRONG  the key that signed it is none that the vault in eu-central-1 knows");
  await put("eu-central-1", key, text);

  await put("eu-central-1", fact.fingerprint?.key ?? "", "{}\n");
  const altered = await hold("certificate", "orders", slot, "--verify");
  expect(altered.out).toContain(`WRONG  its fingerprint ${fact.fingerprint?.key} was altered since`);
});

test("the report tells an auditor what was proved and what not, as Markdown and as one page of HTML", async () => {
  const markdown = await hold("drill", "orders", "--report");
  expect(markdown.code).toBe(0);
  for (const part of [
    "# Restore drills of orders",
    "### What was proved",
    "### What was not proved",
    "## History",
    "good",
  ])
    expect(markdown.out).toContain(part);
  expect(markdown.out).toMatch(/\| 20261121T\d{4}Z \| 20261121T0300Z \| failed: table public\.a differs/);
  expect((await hold("drill", "orders", "--report", "--file", file("report.html"))).code).toBe(0);
  const html = readFileSync(file("report.html"), "utf8");
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(html).toContain('<svg viewBox="0 0 720 260" role="img"');
  expect(html).not.toMatch(/<script|https?:\/\/|src=|@import|url\(/);
  const older = await hold("drill", `orders/${firstDrill()}`, "--report", "--json");
  expect(JSON.parse(older.out)).toMatchObject({
    shown: { fact: { drill: firstDrill() } },
    verdict: { good: true },
  });
});

test("status and the plan say what the newest drill measured", async () => {
  const status = await hold("status", "--region", "eu-central-1");
  expect(status.out).toMatch(/orders +rds-instance .* 1\dm( \d+s)? \(1h\) +/);
  const plan = await hold("explain", "critical");
  expect(plan.out).toMatch(/to be back within 1h \(the newest drill took 1\dm/);
});

test("what cannot be is refused in one sentence", async () => {
  const refusals: [args: string[], code: number, sentence: string][] = [
    [["drill", "nothing"], 3, 'There is no source "nothing" in "test"'],
    [["drill", "plain"], 8, 'The plan of "plain" has no drill, and nothing is deployed for one'],
    [["drill", "orders", "--point", "yesterday"], 2, '"yesterday" is no point'],
    [["drill", "orders/2026", "--report"], 2, '"2026" names no drill'],
    [["drill", "orders/20200101T0000Z", "--report"], 3, 'No drill 20200101T0000Z of "orders" has ended'],
    [["drill", "orders", "--report", "--file", "x.pdf"], 2, "It is not clear what x.pdf is to be"],
    [["drill", "orders", "--verify"], 2, "drill takes no --verify"],
    [["certificate"], 2, "certificate takes a source and a drill"],
    [["certificate", "orders"], 2, "certificate takes a source and a drill"],
    [["certificate", "orders", "20200101T0000Z"], 3, 'No drill 20200101T0000Z of "orders" has ended'],
    [["certificate", "--verify", "--file", file("none.json")], 3, "none.json cannot be read"],
  ];
  for (const [args, code, sentence] of refusals) {
    const ran = await hold(...args);
    expect([ran.code, ran.err.split("\n").length], args.join(" ")).toEqual([code, 3]);
    expect(ran.err).toContain(sentence);
  }
});

function firstDrill(): string {
  return [...house.started.values()][0]?.drill ?? "";
}
