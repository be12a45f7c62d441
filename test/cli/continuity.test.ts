import { expect, test } from "vitest";
import type { Environment } from "../../functions/core/environment.ts";
import local from "../../infra/environments/local.ts";
import { bench } from "./bench.ts";

const minute = 60_000;

/** The local environment with its database alone, every moment of which is kept in both regions. */
function continuous(): Environment {
  const [orders] = local.sources.filter(({ kind }) => kind === "rds-instance");
  if (!orders) throw new Error("no database");
  const pointInTime = { reach: "recovery" as const, days: 1 };
  const plan = { ...orders.plan, rpoSeconds: 300, recoveryRpoSeconds: 900, pointInTime };
  return { ...local, plans: [plan], sources: [{ ...orders, plan }] };
}

test("status shows the latest moment of each place as its newest, against an RPO of minutes", async () => {
  const { pass, hold } = await bench(continuous());
  await pass(43 * minute);

  const { out, code } = await hold("status");

  expect(out).toMatch(
    /orders +rds-instance +5m \/ 15m +2026-11-21T03:40:00Z \(3m\) +2026-11-21T03:40:00Z \(3m\) .* ok/,
  );
  expect(code).toBe(0);
  expect((await hold("status --json")).json).toMatchObject({
    sources: [
      {
        rpoSeconds: 300,
        recoveryRpoSeconds: 900,
        continuous: [
          { region: "eu-west-1", until: "2026-11-21T03:40:00.000Z", ageSeconds: 180, seen: true },
          { region: "eu-central-1", until: "2026-11-21T03:40:00.000Z", ageSeconds: 180, seen: true },
        ],
      },
    ],
  });
});

test("points says up to when every moment can be restored, and then lists them as ever", async () => {
  const { pass, hold } = await bench(continuous());
  await pass(43 * minute);

  const { out } = await hold("points orders");

  expect(out).toContain(
    "Every moment in eu-west-1: up to 2026-11-21T03:40:00Z (3m ago), back for 1d at most.",
  );
  expect(out).toContain("Every moment in eu-central-1: up to 2026-11-21T03:40:00Z (3m ago)");
  expect(out).toMatch(/20261121T0300Z +43m +yes +yes/);
});

test("with the vault of the other region alone, status does not claim what only RDS could tell", async () => {
  const { pass, hold, away } = await bench(continuous());
  await pass(43 * minute);
  away.add("eu-west-1");

  const { out, code, json } = await hold("status --json");

  expect(json).toMatchObject({
    ok: false,
    unseen: [{ region: "eu-west-1", reason: expect.stringContaining("is away") }],
    sources: [{ state: "not known", continuous: [{ region: "eu-west-1", seen: false }, { seen: true }] }],
  });
  expect(code).toBe(1);
  expect(out).toContain('Up to when \\"orders\\" can be restored in eu-west-1 is not known');
  expect((await hold("points orders")).out).toContain("Every moment in eu-west-1: not known.");
});

test("where automated backups are off, both say so, and a page is open", async () => {
  const { pass, hold, call } = await bench(continuous());
  await pass(43 * minute);
  const off = { DBInstanceIdentifier: "orders-db", BackupRetentionPeriod: 0, ApplyImmediately: true };
  await call("rds", "ModifyDBInstance", off);
  await pass(3 * minute);

  const { out, code } = await hold("status");

  expect(code).toBe(1);
  expect(out).toContain("page: continuity-broken since 2026-11-21T03:4");
  expect(out).toContain("RDS keeps no automated backups of it.");
  expect((await hold("points orders")).out).toContain(
    "Every moment in eu-west-1: none; its automated backups are off, or none is complete yet.",
  );
});
