import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { archiveKey } from "../../functions/catalog/keys.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { vaultName } from "../../functions/core/names.ts";
import local from "../../infra/environments/local.ts";
import { bench } from "./bench.ts";
import { restoreFunction } from "./executions.ts";

/*
 * `holdfast restore` and what belongs to it, run as a whole: command line, facts, workflow, stand-in.
 */
let at: Awaited<ReturnType<typeof open>>;

async function open(environment: Environment = local) {
  const built = await bench(environment);
  const { executions, step } = restoreFunction(built.twin, [built.primary, built.recovery]);
  await built.pass(3_600_000);
  const onWait = async () => {
    built.clock.advance(60_000);
    await step();
  };
  const hold = (line: string, more: Parameters<typeof built.hold>[1] = {}) =>
    built.hold(line, { onWait, ...more });
  const databases = async (world = built.primary) => {
    const found = await Promise.all(
      ["orders-db", "orders-copy"].map((id) => world.databases.describe({ kind: "instance", id })),
    );
    return found.flatMap((one) => (one ? [one.id] : []));
  };
  return { ...built, executions, step, hold, databases };
}

beforeEach(async () => {
  at = await open();
});

describe("holdfast restore", () => {
  test("brings a database back under another name, and tells each step as it goes on", async () => {
    const { code, out, err, json } = await at.hold("restore orders --latest --as orders-copy");
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toMatch(/DB instance orders-copy in eu-west-1 is back after \d+m/);
    expect(err).toMatch(
      /1\/2 Restores orders-copy and waits until it is available\. .* so far, nothing to expect/,
    );
    expect(json).toEqual({});
    expect(await at.databases()).toEqual(["orders-db", "orders-copy"]);
  });

  test("--dry-run says each step with its calls and what is expected, and does nothing", async () => {
    const first = await at.hold("restore orders --latest --replace --dry-run");
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/pre-backup +not known +rds:CreateDBSnapshot rds:DescribeDBSnapshots/);
    expect(first.out).toMatch(/restore +not known +rds:RestoreDBInstanceFromDBSnapshot/);
    expect(first.out).toMatch(/swap +not known +rds:ModifyDBInstance/);
    expect(first.out).toContain("Nothing was done.");
    expect(at.executions.size).toBe(0);

    await at.hold("restore orders --latest --as orders-copy");
    const { json } = await at.hold("restore orders --latest --as orders-other --dry-run --json");
    const { steps } = json.plan as unknown as { steps: { name: string; expectedSeconds?: number }[] };
    expect(steps.find(({ name }) => name === "restore")?.expectedSeconds).toBeGreaterThan(60);
  });

  test("--hydrate tells how far it is read and how it was in the end, and what to declare where it cannot be", async () => {
    const refused = await at.hold("restore orders --latest --as orders-copy --hydrate");
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining("restores: { hydrate: { primary:"),
    });
    expect(at.executions.size).toBe(0);

    const network = { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] };
    const secretArn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:orders-reader-AbCdEf";
    const sources = local.sources.map((one) =>
      one.kind === "rds-instance" ? { ...one, hydrate: { secretArn } } : one,
    );
    at = await open({ ...local, restores: { hydrate: { primary: network } }, sources });
    const reports = [{ next: { database: "shop" } }, {}];
    const part = { readBytes: 2 ** 30, totalBytes: 2 ** 31, seconds: 600, unreadCount: 0, unread: [] };
    Object.assign(at.primary.invoke, { ask: async () => ({ ...part, ...reports.shift() }) });
    const dry = await at.hold("restore orders --latest --as orders-db-warm --hydrate --dry-run");
    expect(dry.out).toMatch(/hydrate +not known +lambda:InvokeFunction secretsmanager:GetSecretValue/);

    const { code, out, err } = await at.hold("restore orders --latest --as orders-db-warm --hydrate");
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toMatch(
      /so far, nothing to expect it from\. Read 1\.0 GiB of about 2\.0 GiB in 10m and 1 part/,
    );
    expect(out).toContain("Read 2.0 GiB of about 2.0 GiB in 20m and 2 part(s).");
    const [id = ""] = /orders-\d{8}t\d{6}z/.exec(err) ?? [];
    expect((await at.hold(`restore status ${id}`)).out).toMatch(
      /hydrate +done[\s\S]*Read 2\.0 GiB of about 2\.0 GiB/,
    );
  });

  test("in the recovery region when that is said, and not only because the primary one does not answer", async () => {
    at.away.add("eu-west-1");
    expect(await at.hold("restore orders --latest")).toMatchObject({
      code: 6,
      err: expect.stringMatching(/eu-west-1 does not answer.*\n.*--region eu-central-1/),
    });
    const { code, out } = await at.hold("restore orders --latest --region eu-central-1");
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining("orders-db in eu-central-1"),
    });
  });

  test("the latest moment that automated backups reach", async () => {
    const { out, json } = await at.hold("restore orders --to-time latest --as orders-copy --json");
    expect(json, out).toMatchObject({ state: "finished" });
  });

  test.each([
    ["restore orders", /It is not said what is to come back/],
    ["restore orders --latest --point 20261121T0300Z", /Only one moment can come back/],
    ["restore orders --point yesterday --as x", /"yesterday" is no point/],
    ["restore orders --to-time 2026-11-21 --as x", /"2026-11-21" is not an instant/],
    ["restore orders --latest", /there is a database orders-db in eu-west-1 already.*\n.*--replace/],
    ["restore orders --latest --replace --skip-prebackup", /--skip-prebackup --confirm orders-db/],
    ["restore orders --latest --as orders_2", /"orders_2" is no name that RDS gives/],
    ["restore orders --latest --prefix a/ --as x", /a selection of keys means nothing for a database/],
    ["restore orders --point 20200101T0000Z --as x", /is no point in eu-west-1.*\n.*The nearest there: 2026/],
    [
      "restore orders --to-time 2001-01-01T00:00:00Z --as x",
      /do not reach 2001.*\n.*They reach 2026-.* to 2026-/,
    ],
    ["restore nothing --latest", /There is no source "nothing"/],
    ["restore uploads --to-time 2999-01-01T00:00:00Z", /keeps no versions/],
    ["status --latest", /status takes no --latest/],
    ["restore status never-20261121t030000z", /There is no restore "never-20261121t030000z"/],
  ])("%s is refused with a sentence and what to do, and nothing is begun", async (line, said) => {
    const { code, err } = await at.hold(line);
    expect(code).toBeGreaterThan(1);
    expect(err).toMatch(said);
    expect(at.executions.size).toBe(0);
  });

  test("status, cancel and undo go by the restore's id", async () => {
    const { json: begun } = await at.hold("restore orders --latest --replace --no-wait --json");
    const id = String(begun.restore);
    await at.step();
    const { out } = await at.hold(`restore status ${id}`);
    expect(out).toMatch(new RegExp(`Restore ${id} in eu-west-1: running. Asked for by arn:.*user/test`));
    expect(out).toMatch(/1 pre-backup +under way/);
    const cancelled = await at.hold(`restore cancel ${id}`);
    expect(cancelled.out).toContain(`was cancelled by arn:aws:iam::000000000000:user/test`);
    expect(await at.databases()).toEqual(["orders-db"]);
    expect((await at.hold(`restore undo ${id}`)).err).toMatch(/is cancelled: there is nothing to undo/);

    at.clock.advance(60_000);
    const done = await at.hold("restore orders --latest --replace --json");
    const other = String(done.json.restore);
    const undone = await at.hold(`restore undo ${other}`);
    expect(undone.out).toMatch(new RegExp(`What was there before ${other} is back`));
    expect((await at.hold(`restore status ${other}`)).out).toMatch(/: undone\./);
  });
});

describe("holdfast approve", () => {
  beforeEach(async () => {
    at = await open({ ...local, restores: { approval: "required" } });
  });

  test("lets another principal decide, and not the one who asked", async () => {
    const { json } = await at.hold("restore orders --latest --as orders-copy --no-wait --json");
    const id = String(json.restore);
    await at.step();
    expect((await at.hold(`restore status ${id}`)).out).toMatch(/awaiting approval/);
    const own = await at.hold(`approve ${id}`);
    expect(own).toMatchObject({ code: 4, err: expect.stringContaining("cannot approve it") });

    const other = await at.hold(`approve ${id}`, { principal: "bob" });
    expect(other).toMatchObject({ code: 0, out: `Approved as arn:aws:iam::000000000000:user/bob: ${id}.\n` });
    for (let minutes = 0; minutes < 60; minutes++) {
      at.clock.advance(60_000);
      await at.step();
    }
    expect(await at.databases()).toEqual(["orders-db", "orders-copy"]);
    expect((await at.hold(`approve ${id}`, { principal: "bob" })).err).toMatch(/was answered already/);
  });

  test("can refuse, and who asked hears why", async () => {
    let id = "";
    const asking = at.hold("restore orders --latest --as orders-copy", {
      onWait: async () => {
        at.clock.advance(60_000);
        await at.step();
        if (id) return;
        id = [...at.executions.keys()][0] ?? "";
        await at.hold(`approve ${id} --refuse "not today"`, { principal: "bob" });
      },
    });
    const { code, err } = await asking;
    expect(code).toBe(4);
    expect(err).toMatch(/user\/bob refused it: not today/);
  });
});

describe("an archive", () => {
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-test-"));
    const point = "20261121T0300Z-00000001";
    const text = "the archive";
    const bucket = vaultName(local, "eu-central-1");
    const key = archiveKey("nightly-erp", point, "nightly.dump");
    await at.twin.call({
      ...{ service: "s3", region: "eu-central-1", operation: "PutObject", principal: "test" },
      input: { Bucket: bucket, Key: key, Body: text },
    });
    const sha256 = createHash("sha256").update(text).digest("hex");
    const base = { schema: 1, at: "2026-11-21T03:00:00Z", source: "nightly-erp", point } as const;
    const archive = { bucket, key, sizeBytes: text.length, sha256 };
    const { catalog, region } = at.recovery;
    const arrived = { ...archive, bucket: "acme-dumps", key: "erp/../nightly.dump" };
    await catalog.recordPoint("available", { ...base, fact: "available", region, archive: arrived });
    await catalog.recordPoint(`copied-${region}`, { ...base, fact: "copied", region, archive });
    await catalog.recordPoint(`verified-${region}`, { ...base, fact: "verified", region, archive });
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const fetch = (more = "") =>
    at.hold(`restore nightly-erp --latest --to ${folder} --region eu-central-1${more}`);

  test("comes into a folder, and is never put over a file that is there", async () => {
    const { code, out } = await fetch();
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("SHA-256 as verified") });
    expect(readFileSync(join(folder, "nightly.dump"), "utf8")).toBe("the archive");
    expect(await fetch()).toMatchObject({ code: 5, err: expect.stringContaining("There is a file") });
  });

  test("gets its name only when its bytes are those that were verified", async () => {
    const bucket = vaultName(local, "eu-central-1");
    const Key = archiveKey("nightly-erp", "20261121T0300Z-00000001", "nightly.dump");
    await at.twin.call({
      ...{ service: "s3", region: "eu-central-1", operation: "PutObject", principal: "test" },
      input: { Bucket: bucket, Key, Body: "another one" },
    });
    expect(await fetch()).toMatchObject({ code: 7, err: expect.stringContaining("was verified") });
    expect(existsSync(join(folder, "nightly.dump"))).toBe(false);
  });
});
