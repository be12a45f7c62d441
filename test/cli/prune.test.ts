import { describe, expect, test } from "vitest";
import { parsePointKey } from "../../functions/catalog/keys.ts";
import { expire } from "../../functions/expire/expire.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import local from "../../infra/environments/local.ts";
import { worldIn } from "../worlds.ts";
import { bench } from "./bench.ts";

const minute = 60_000;
const call = { remainingMs: () => 900_000 };

/** The local environment, whose plan keeps but the newest two points; its first five are there. */
async function fivePoints() {
  const sources = local.sources.map((source) => ({ ...source, plan: { ...source.plan, keep: { last: 2 } } }));
  const house = await bench({ ...local, sources });
  await house.pass(70 * minute);
  const wishes = () => house.published.filter(({ type }) => type === "Expiry Requested");
  const expireBoth = async () => {
    for (const world of [house.primary, house.recovery]) await expire(world, call);
  };
  const facts = async (name: string) => {
    const names: string[] = [];
    for (const world of [house.primary, house.recovery])
      for await (const { key } of world.catalog.list(`catalog/points/orders/${name}/`))
        names.push(parsePointKey(key)?.name ?? key);
    return names;
  };
  return { ...house, wishes, expireBoth, facts };
}

describe("prune --dry-run", () => {
  test("lists each point in each region, whether it goes, when, and why, and asks for nothing", async () => {
    const { hold, wishes, facts } = await fivePoints();

    const { code, out, json } = await hold("prune orders --dry-run");

    const rows = out.split("\n");
    expect(rows[0]).toBe('"orders", in eu-west-1: plan "demo" keeps the last 2 points.');
    expect(rows[1]).toMatch(/^POINT +VERDICT +MAY GO +BECAUSE$/);
    expect(rows[2]).toMatch(/^20261121T0400Z +keep +- +the newest; last 1 of 2$/);
    expect(rows[3]).toMatch(/^20261121T0345Z +keep +- +last 2 of 2$/);
    expect(rows[4]).toMatch(
      /^20261121T0330Z +remove +an hour after the next pass +last: it is not among the 2/,
    );
    expect(out).toContain('"orders", in eu-central-1: ');
    // In the recovery region the copy that was completed last is what the next one builds upon: the newest here.
    expect(out).toContain(
      "With the next pass: 6 to be marked, 0 waiting, 0 to be deleted. Nothing was asked for.",
    );
    expect(code).toBe(0);
    expect(wishes()).toEqual([]);
    expect((await facts("20261121T0300Z")).join()).not.toContain("expiring");
    expect(json).toEqual({});
  });

  test("gives programs the same as JSON, with the instants", async () => {
    const { hold, expireBoth, clock } = await fivePoints();
    await expireBoth();
    clock.advance(10 * minute);

    const { json } = await hold("prune orders --dry-run --json --region eu-west-1");

    expect(json).toMatchObject({
      environment: "local",
      dryRun: true,
      asked: [],
      otherVault: null,
      sources: [
        {
          ...{ source: "orders", kind: "rds-instance", withdrawn: false, plan: "demo", keep: { last: 2 } },
          ...{ region: "eu-west-1", role: "primary" },
          points: [
            { point: "20261121T0400Z", keep: true, step: "keep", reasons: ["the newest", "last 1 of 2"] },
            { point: "20261121T0345Z", keep: true },
            {
              ...{ point: "20261121T0330Z", keep: false, step: "wait" },
              ...{ markedAt: "2026-11-21T04:10:00.000Z", deletableFrom: "2026-11-21T05:10:00.000Z" },
            },
            { point: "20261121T0315Z", step: "wait" },
            { point: "20261121T0300Z", step: "wait" },
          ],
        },
      ],
    });
  });

  test("of all sources leaves out those of which nothing expires, and shows those that are declared no longer", async () => {
    const { hold, twin } = await fivePoints();
    const sources = local.sources.filter(({ name }) => name !== "orders");
    for (const region of ["eu-west-1", "eu-central-1"])
      await reconcile(worldIn(twin, { ...local, sources }, region));

    const { out } = await hold("prune --dry-run");

    expect(out).toContain('"orders", which is declared no longer, in eu-west-1: ');
    expect(out).toContain('"nightly-erp", in eu-central-1: plan "demo" keeps');
    expect(out).not.toContain('"nightly-erp", in eu-west-1');
    expect(out).not.toContain('"uploads"');
    expect((await hold("prune uploads --dry-run")).out).toContain("a bucket's replica is kept as it is");
  });

  test("says so when the other vault cannot be read: then nothing is deleted", async () => {
    const { hold, away } = await fivePoints();
    away.add("eu-central-1");

    const { out, code } = await hold("prune orders --dry-run");

    expect(out).toContain("The other vault cannot be read, so nothing is deleted meanwhile.");
    expect(out).toMatch(/20261121T0330Z +remove +not now +the other vault cannot be read; last: /);
    expect(code).toBe(0);
  });
});

describe("prune", () => {
  test("asks both regions' expiry for a pass now, and says what will follow", async () => {
    const { hold, wishes } = await fivePoints();

    const { code, out } = await hold("prune orders");

    expect(wishes()).toEqual([
      { type: "Expiry Requested", detail: { source: "orders" } },
      { type: "Expiry Requested", detail: { source: "orders" } },
    ]);
    expect(out).toContain(
      "Asked the expiry in eu-west-1 for a pass now.\nAsked the expiry in eu-central-1 for",
    );
    expect(out).toContain(
      "It decides anew; by what is known now: 6 to be marked, 0 waiting, 0 to be deleted.",
    );
    expect(out).toContain("What is marked may go an hour later");
    expect(code).toBe(0);
  });

  test("of a region that is away says so, asks the other one, and exits with 6", async () => {
    const { hold, away, wishes } = await fivePoints();
    away.add("eu-central-1");

    const { code, out } = await hold("prune");

    expect(wishes()).toEqual([{ type: "Expiry Requested", detail: {} }]);
    expect(out).toContain("Not asked in eu-central-1: the bus holdfast-local could not be reached.");
    expect(code).toBe(6);
  });
});

describe("hold and release", () => {
  test("a held point stays in every region until it is released, and the reason is kept with it", async () => {
    const { hold, expireBoth, clock, primary, call: aws } = await fivePoints();
    const held = await hold('hold orders 20261121T0315Z --reason "audit of 2026"');
    expect(held.out).toContain('20261121T0315Z of "orders" is held in eu-west-1 and eu-central-1');
    expect(held.code).toBe(0);
    const fact = await primary.catalog.readPoint(
      "catalog/points/orders/20261121T0315Z/held-20261121t041000z.json",
    );
    expect(fact).toMatchObject({
      ...{ fact: "held", region: "eu-west-1" },
      reason: "audit of 2026 (arn:aws:iam::000000000000:user/test)",
    });

    await expireBoth();
    clock.advance(61 * minute);
    await expireBoth();
    const ids = async () =>
      JSON.stringify(await aws("rds", "DescribeDBSnapshots", { SnapshotType: "manual" }));
    expect(await ids()).toContain("local-orders-20261121t0315z");
    expect(await ids()).not.toContain("local-orders-20261121t0300z");
    expect((await hold("prune orders --dry-run")).out).toMatch(
      /20261121T0315Z +keep \(protected\) +- +held: 20261121t041000z; last: it is not among/,
    );

    const released = await hold('release orders 20261121T0315Z --reason "the audit is over" --json');
    expect(released.json).toEqual({
      ...{ source: "orders", point: "20261121T0315Z", released: "20261121t041000z" },
      ...{ reason: "the audit is over", holdsLeft: [] },
    });
    await expireBoth();
    clock.advance(61 * minute);
    await expireBoth();
    expect(await ids()).not.toContain("local-orders-20261121t0315z");
  });

  test("of several holds one is named, and the others stay", async () => {
    const { hold, clock } = await fivePoints();
    await hold("hold orders 20261121T0315Z --reason audit");
    clock.advance(1_000);
    await hold("hold orders 20261121T0315Z --reason lawsuit");

    const unnamed = await hold("release orders 20261121T0315Z --reason over");
    expect(unnamed.code).toBe(2);
    expect(unnamed.err).toContain("they are: 20261121t041000z, 20261121t041001z.");

    const named = await hold("release orders 20261121T0315Z --reason over --hold 20261121t041000z");
    expect(named.out).toContain("It stays held: 20261121t041001z.");
    expect((await hold("release orders 20261121T0315Z --reason over --hold nope")).code).toBe(3);
  });

  test("a point that is due is held all the same, and that it may be too late is said", async () => {
    const { hold, expireBoth, clock } = await fivePoints();
    await expireBoth();
    clock.advance(61 * minute);

    const { out, json } = await hold("hold orders 20261121T0315Z --reason audit");

    expect(out).toContain("It was due in eu-west-1; a pass may be at it in this moment.");
    expect(json).toEqual({});
  });

  test("a hold is put on while the primary region is away, and counts there too", async () => {
    const { hold, expireBoth, clock, away, facts } = await fivePoints();
    await expireBoth();
    away.add("eu-west-1");
    expect((await hold("hold orders 20261121T0315Z --reason audit")).code).toBe(0);
    away.clear();
    clock.advance(61 * minute);
    await expireBoth();
    expect((await facts("20261121T0315Z")).join()).not.toContain("expired");
    expect((await facts("20261121T0300Z")).join()).toContain("expired-eu-west-1");
  });

  test.each([
    ["hold orders 20261121T0315Z", 2, "A hold needs its reason."],
    ['hold orders 20261121T0315Z --reason " "', 2, "A hold needs its reason."],
    [`hold orders 20261121T0315Z --reason ${"x".repeat(501)}`, 2, "The reason has 501 characters."],
    ["release orders 20261121T0315Z", 2, "A release needs its reason."],
    ["release orders 20261121T0315Z --reason over", 3, 'There is no hold on 20261121T0315Z of "orders".'],
    ["hold orders yesterday --reason audit", 2, '"yesterday" is not a point of "orders".'],
    ["hold orders 20251121T0315Z --reason audit", 3, '20251121T0315Z of "orders" is not known.'],
    ["hold order 20261121T0315Z --reason audit", 3, 'There is no source "order" in "local".'],
    ["hold uploads 20261121T0315Z --reason audit", 8, '"uploads" is a bucket: its replica does not expire'],
    ["hold orders --reason audit", 2, "hold takes 2 argument(s)."],
    ["prune orders uploads", 2, "prune takes 0 to 1 argument(s)."],
    ["prune order --dry-run", 3, 'There is no source "order" in "local".'],
    ["prune --reason audit", 2, "prune takes no --reason."],
    ["status --dry-run", 2, "status takes no --dry-run."],
    ["hold orders 20261121T0315Z --hold x --reason audit", 2, "hold takes no --hold."],
  ])("%s exits with %i", async (line, code, sentence) => {
    const { hold } = await once;
    const ran = await hold(line);
    expect(ran).toMatchObject({ code, err: expect.stringContaining(sentence) });
  });

  test("a point that has expired everywhere cannot be held any more", async () => {
    const { hold, expireBoth, clock } = await fivePoints();
    await expireBoth();
    clock.advance(61 * minute);
    await expireBoth();
    expect(await hold("hold orders 20261121T0300Z --reason audit")).toMatchObject({
      code: 3,
      err: expect.stringContaining('20261121T0300Z of "orders" has gone from every region.'),
    });
  });
});

const once = fivePoints();
