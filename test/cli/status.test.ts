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

  test("a snapshot that somebody deleted does not count, once a second look has not seen it either", async () => {
    const { pass, hold, call } = await bench();
    await pass(hour / 4 - 3 * 60_000);
    await call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: "local-orders-20261121t0300z" });
    // Nothing newer is taken meanwhile.
    await call("rds", "DeleteDBInstance", { DBInstanceIdentifier: "orders-db", SkipFinalSnapshot: true });
    await pass(20 * 60_000);

    const { json, code } = await hold("status --json");

    expect((json as unknown as { findings: { kind: string }[] }).findings.map(({ kind }) => kind)).toContain(
      "artefact-lost",
    );
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
