import { describe, expect, test } from "vitest";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import local from "../../infra/environments/local.ts";
import { worldIn } from "../worlds.ts";
import { bench } from "./bench.ts";

const hour = 3_600_000;

describe("status", () => {
  test("shows each source, its newest point, copy and age, and exits with 0 while all is within its RPO", async () => {
    const { pass, hold } = await bench();
    await pass(hour / 4);

    const { code, out } = await hold("status");

    expect(out).toContain("Environment local at 2026-11-21 03:15 UTC, as the vault in eu-west-1 tells it.");
    expect(out).toMatch(
      /SOURCE +KIND +RPO +NEWEST \(eu-west-1\) +COPY \(eu-central-1\) +VERIFIED +RTO +STATE/,
    );
    expect(out).toMatch(
      /orders +rds-instance +45m +20261121T0300Z \(15m\) +20261121T0300Z \(15m\) +- +not measured \(30m\) +ok/,
    );
    expect(out).toMatch(/uploads +bucket +45m +- +- +- +not measured \(30m\) +waiting/);
    expect(out).toContain("Nothing is late and no finding is open.");
    expect(code).toBe(0);
  });

  test("exits with 1 once a source is out of its RPO, and says which and what is open", async () => {
    const { pass, hold } = await bench();
    await pass(hour);

    const { code, out } = await hold("status");

    expect(code).toBe(1);
    expect(out).toMatch(/uploads .* out of RPO/);
    expect(out).toContain(
      'late: "uploads" is out of its RPO of 45m in eu-central-1: there has been no copy yet.',
    );
    expect(out).toContain("page: rpo-breached since 2026-11-21T03:46:00Z");
    expect(out).toContain("See docs/runbook.md#rpo-breached");
  });

  test("gives programs the same as JSON", async () => {
    const { pass, hold } = await bench();
    await pass(hour);

    const { code, json } = await hold("status --json");

    expect(code).toBe(1);
    expect(json).toMatchObject({
      ok: false,
      environment: "local",
      region: "eu-west-1",
      silent: [],
      sources: [
        { source: "nightly-erp", kind: "archives", protects: "acme-dumps/erp/", state: "waiting" },
        { source: "orders", kind: "rds-instance", protects: "orders-db", rpoSeconds: 2_700, state: "ok" },
        { source: "uploads", kind: "bucket", state: "out of RPO" },
      ],
      findings: [{ kind: "rpo-breached", source: "uploads", severity: "page" }],
    });
  });

  test("asks the recovery region when the primary one does not answer, and says so", async () => {
    const { pass, hold, away } = await bench();
    await pass(hour / 4);
    away.add("eu-west-1");

    const { out, code } = await hold("status");

    expect(out).toContain("eu-west-1 does not answer: STS in eu-west-1 timed out");
    expect(out).toContain("as the vault in eu-central-1 tells it");
    expect(out).toMatch(/orders +rds-instance +45m +20261121T0300Z \(15m\) +20261121T0300Z \(15m\)/);
    expect(code).toBe(0);
  });

  test("asks the primary region although another one is set, and only that of --region", async () => {
    const { pass, hold } = await bench();
    await pass(hour / 4);
    const variables = { HOLDFAST_ENV: "local", AWS_REGION: "eu-central-1" };

    expect((await hold("status --json", { variables })).json).toMatchObject({ region: "eu-west-1" });
    expect((await hold("status --json --region eu-central-1")).json).toMatchObject({
      region: "eu-central-1",
    });
  });

  test("a snapshot that somebody deleted does not count", async () => {
    const { pass, hold, call } = await bench();
    await pass(hour / 4 - 3 * 60_000);
    await call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: "local-orders-20261121t0300z" });
    await pass(2 * 60_000);

    const { json, code } = await hold("status --json");

    expect(json).toMatchObject({ findings: [{ kind: "artefact-lost" }] });
    expect(JSON.stringify(json)).not.toContain('"taken":{"point":"20261121T0300Z"');
    expect(code).toBe(1);
  });
});

describe("points", () => {
  test("lists a source's points, newest first, and where each is", async () => {
    const { pass, hold } = await bench();
    await pass(hour / 2);

    const { out, code } = await hold("points orders");

    const rows = out.trimEnd().split("\n");
    expect(rows[0]).toMatch(/^POINT +AGE +PRIMARY \(eu-west-1\) +RECOVERY \(eu-central-1\) +VERIFIED$/);
    expect(rows.slice(-1)[0]).toMatch(/^20261121T0300Z +30m +yes +yes +-$/);
    expect(code).toBe(0);
  });

  test("an unknown source is not found, with those that exist", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { err, code } = await hold("points order");

    expect(err).toBe(
      'holdfast: There is no source "order" in "local".\n  There are: nightly-erp, orders, uploads.\n',
    );
    expect(code).toBe(3);
  });
});

describe("backup", () => {
  test("takes a point of this minute and follows it until it is copied", async () => {
    const { pass, hold } = await bench();
    await pass(7 * 60_000);

    const { out, err, code } = await hold("backup orders");

    expect(err).toContain('Asked for 20261121T0307Z of "orders".');
    expect(err).toContain("Being taken in eu-west-1.");
    expect(err).toContain("Taken; being copied to eu-central-1.");
    expect(out).toBe("It is available in eu-west-1, with its copy in eu-central-1.\n");
    expect(code).toBe(0);
    await pass(60_000);
    expect((await hold("points orders")).out).toMatch(/20261121T0307Z .+ yes +yes/);
  });

  test("--no-wait asks and goes", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { out, code } = await hold("backup uploads --no-wait");

    expect(out).toContain("Follow it with: holdfast points uploads");
    expect(code).toBe(0);
  });

  test("gives up after --timeout and says that the work goes on", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { err, code } = await hold("backup orders --timeout 1m --json");

    const error = JSON.parse(err.split("\n").find((line) => line.startsWith("{")) ?? "{}");
    expect(error).toMatchObject({
      error: { code: "unavailable", fix: expect.stringContaining("It goes on without you") },
    });
    expect(code).toBe(6);
  });

  test("of a drop asks for it to be listed", async () => {
    const { pass, hold, published } = await bench();
    await pass(2 * 60_000);

    const { out, code } = await hold("backup nightly-erp");

    expect(out).toContain("The drop is being listed");
    expect(published).toContainEqual({
      type: "Archives Sweep Requested",
      detail: { source: "nightly-erp", point: "20261121T0302Z" },
    });
    expect(code).toBe(0);
  });

  test("is refused while the primary region is away: points are taken there", async () => {
    const { pass, hold, away } = await bench();
    await pass(60_000);
    away.add("eu-west-1");

    const { err, code } = await hold("backup orders");

    expect(err).toContain("Points are taken in eu-west-1, and eu-central-1 answered");
    expect(code).toBe(6);
  });
});

describe("verify", () => {
  test("a database's point is compared in both regions with what was recorded, and no more is claimed", async () => {
    const { pass, hold } = await bench();
    await pass(hour / 4);

    const { out, code } = await hold("verify orders 20261121T0300Z");

    expect(out).toContain("eu-west-1: local-orders-20261121t0300z");
    expect(out).toContain("eu-central-1: local-orders-20261121t0300z");
    expect(out).toMatch(/same {3}encrypted: true/);
    expect(out).toMatch(/same {3}key: arn:aws:kms:eu-central-1:/);
    expect(out).toContain("same   tag holdfast:point: 20261121T0300Z");
    expect(out).toContain("Not proved here: that it can be restored. See: holdfast drill orders --report");
    expect(code).toBe(0);
  });

  test("a snapshot that has gone is damage, in the region where it has gone", async () => {
    const { pass, hold, call } = await bench();
    await pass(hour / 4);
    await call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: "local-orders-20261121t0300z" });

    const { out, code } = await hold("verify orders 20261121T0300Z");

    expect(out).toContain("WRONG  exists: recorded local-orders-20261121t0300z, found nothing");
    expect(code).toBe(7);
    expect((await hold("verify orders 20261121T0300Z --region eu-central-1")).code).toBe(0);
  });

  test("with the primary region away the copy is still compared, and what was not is named", async () => {
    const { pass, hold, away } = await bench();
    await pass(hour / 4);
    away.add("eu-west-1");

    const { out, code } = await hold("verify orders 20261121T0300Z");

    expect(out).toContain("eu-west-1: not checked");
    expect(out).toContain("eu-central-1: local-orders-20261121t0300z");
    expect(code).toBe(6);
  });

  test("an archive is asked to be read again, and the outcome is waited for", async () => {
    const { pass, hold, published, primary, call } = await bench();
    await call("s3", "PutObject", { Bucket: "acme-dumps", Key: "erp/a.gz", Body: Buffer.from("abc") });
    await pass(60_000);
    const answer = async (fact: "verified" | "failed") => {
      const checkId = published.at(-1)?.detail.checkId ?? "";
      await primary.catalog.recordPoint(`checked-eu-west-1-${checkId}`, {
        schema: 1,
        at: "2026-11-21T03:01:02Z",
        fact,
        source: "nightly-erp",
        point: "20261121T0200Z-1a2b3c4d",
        region: "eu-west-1",
        ...(fact === "verified"
          ? {
              level: "intact",
              archive: {
                bucket: "acme-dumps",
                key: "erp/a.gz",
                sizeBytes: 3,
                sha256: "0a",
                evidence: ["Its CRC fits."],
              },
            }
          : { reason: "It ends in the middle of a member." }),
      });
    };

    const good = await hold("verify nightly-erp erp/a.gz", { onWait: () => answer("verified") });
    expect(published.at(-1)).toMatchObject({
      type: "Archive Verification Requested",
      detail: { key: "erp/a.gz" },
    });
    expect(good.out).toContain("erp/a.gz: intact\n  Its CRC fits.\n  SHA-256 0a, 3 bytes");
    expect(good.code).toBe(0);

    await pass(60_000);
    const bad = await hold("verify nightly-erp erp/a.gz", { onWait: () => answer("failed") });
    expect(bad.out).toContain("erp/a.gz: NOT intact\n  It ends in the middle of a member.");
    expect(bad.code).toBe(7);
    expect(await hold("verify nightly-erp erp/none.gz")).toMatchObject({ code: 3 });
  });

  test("a name that would steer the terminal is shown harmless", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { err } = await hold("verify nightly-erp erp/\u001b[2Jgone");

    expect(err).toContain('There is no "erp/?[2Jgone"');
  });

  test("a bucket's point says what its sweep compared, and what that does not prove", async () => {
    const { pass, hold, primary } = await bench();
    await pass(60_000);
    await primary.catalog.recordPoint("available", {
      schema: 1,
      at: "2026-11-21T03:01:00Z",
      fact: "available",
      source: "uploads",
      point: "20261121T0300Z",
      region: "eu-west-1",
      sweep: { objects: 3_000, bytes: 12_345, copied: 17 },
    });

    const { out, code } = await hold("verify uploads 20261121T0300Z");

    expect(out).toContain(
      "3000 objects of 12345 bytes, of which 17 were missing or different and were copied",
    );
    expect(out).toContain("Not proved: that what lies in the replica now is what it was then.");
    expect(code).toBe(0);
  });

  test("what is no point is refused", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);
    expect(await hold("verify orders yesterday")).toMatchObject({ code: 2 });
  });
});

describe("explain", () => {
  test("says a plan in one sentence and what it protects", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { out, code } = await hold("explain demo");

    expect(out).toContain('Plan "demo" takes a recovery point every 15m, copied to the recovery region');
    expect(out).toContain('  orders: the RDS instance "orders-db"');
    expect(out).toContain('  nightly-erp: the archives in "acme-dumps/erp/"');
    expect(code).toBe(0);
  });
});

describe("what can't be", () => {
  test.each([
    ["", 2],
    ["nope", 2],
    ["points", 2],
    ["verify orders", 2],
    ["status orders", 2],
    ["status --nope", 2],
    ["status --timeout soon", 2],
    ["explain critical", 3],
    ["status --env ../prod", 2],
  ])("%j exits with %i", async (line, code) => {
    const { pass, hold } = await bench();
    await pass(60_000);
    expect((await hold(line)).code).toBe(code);
  });

  test("errors are JSON too when JSON is asked for, with code, fix and runbook", async () => {
    const { hold } = await bench();

    const { err, out } = await hold("status --nope --json");

    expect(out).toBe("");
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "invalid",
        message: expect.stringContaining("--nope"),
        fix: "See: holdfast --help",
        runbook: "docs/runbook.md#invalid",
      },
    });
  });

  test("an environment that was never deployed has no vault", async () => {
    const { hold } = await bench();
    expect(await hold("status --env staging")).toMatchObject({
      code: 3,
      err: expect.stringContaining("NoSuchBucket"),
    });
  });

  test("no environment, and no region, are asked for by name", async () => {
    const { hold } = await bench();
    expect((await hold("status", { variables: {} })).err).toContain(
      "Write --env <name>, or set HOLDFAST_ENV.",
    );
    expect((await hold("status", { variables: { HOLDFAST_ENV: "local" } })).err).toContain(
      "Write --region, or set AWS_REGION.",
    );
  });
});

test("a source that is declared no longer is neither shown nor late, and its points stay", async () => {
  const { pass, hold, primary, twin, clock } = await bench();
  await pass(5 * 60_000);
  const without = { ...local, sources: local.sources.filter(({ name }) => name !== "orders") };
  for (const region of ["eu-west-1", "eu-central-1"]) await reconcile(worldIn(twin, without, region));
  clock.advance(24 * hour);

  expect((await hold("status --json")).json).toMatchObject({
    sources: [{ source: "nightly-erp" }, { source: "uploads" }],
  });
  const kept = await primary.catalog.list("catalog/points/orders/").next();
  expect(kept.value?.key).toContain("20261121T0300Z");

  await reconcile(worldIn(twin, local, "eu-west-1"));
  expect((await hold("status")).out).toMatch(/orders +rds-instance/);
});
