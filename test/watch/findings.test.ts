import { expect, test } from "vitest";
import { openEpisodes, readCatalog } from "../../functions/catalog/whole.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { World } from "../../functions/world.ts";
import { houseWith } from "./house.ts";

const minute = 60_000;

/** The findings that are open by a region's vault, without those of the reconcilers. */
async function openIn({ catalog }: World): Promise<string[]> {
  const ids = openEpisodes(await readCatalog(catalog)).map(({ id }) => id);
  return ids.filter((id) => /^(control|budget|point-owed|three|quota|storage)/.test(id)).sort();
}

test("of a house in which all is well nothing is found, however often both watches look", async () => {
  const house = await houseWith(3);
  for (let passed = 0; passed < 5 * 60; passed += 10) {
    await house.live(10);
    await house.seen(house.primary);
    await house.seen(house.recovery);
  }

  expect(await openIn(house.primary)).toEqual([]);
  expect(await openIn(house.recovery)).toEqual([]);
});

test("when the passes of the primary region stop, the recovery region says so after a quarter of an hour, until they are back", async () => {
  const house = await houseWith(1);
  await house.live(60);
  await house.seen(house.primary);
  // Between the last trace and its quarter of an hour.
  house.clock.advance(5 * minute);
  await house.seen();
  expect(await openIn(house.recovery)).toEqual([]);

  house.clock.advance(11 * minute);
  const report = await house.seen();

  expect(await openIn(house.recovery)).toEqual([
    "control-silent.account.eu-west-1-reconcile",
    "control-silent.account.eu-west-1-watch",
  ]);
  expect(report.ok).toBe(false);
  expect(report.findings.map(({ message }) => message)).toContain(
    "The watch of eu-west-1 has left no trace for 15 minutes: it ran last at 2026-11-21T01:00:00Z.",
  );

  await reconcile(house.primary);
  await house.seen(house.primary);
  await house.seen();
  expect(await openIn(house.recovery)).toEqual([]);
});

test("a region that cannot be asked is not called silent: nobody knows", async () => {
  const house = await houseWith(1);
  await house.live(60);
  house.silence("eu-west-1");
  house.clock.advance(60 * minute);

  await house.seen();

  expect(await openIn(house.recovery)).toEqual([]);
});

test("a region that never left a trace has an hour for its first", async () => {
  const house = await houseWith(1);
  await reconcile(house.recovery);
  await house.seen();
  house.clock.advance(59 * minute);
  await house.seen();
  expect(await openIn(house.recovery)).toEqual([]);

  house.clock.advance(2 * minute);
  await house.seen();

  expect(await openIn(house.recovery)).toContain("control-silent.account.eu-west-1-watch");
});

test("what both watches find by the facts they call by one name and one instant, and either's own region ends it", async () => {
  const house = await houseWith(1);
  await house.live(60);
  house.clock.advance(4 * 60 * minute);
  await house.seen(house.primary);
  await house.seen(house.recovery);

  const [one, other] = [await readCatalog(house.primary.catalog), await readCatalog(house.recovery.catalog)];
  const found = (listing: typeof one) =>
    openEpisodes(listing)
      .filter(({ id }) => /^(budget|point-owed|three)/.test(id))
      .map(({ id, since }) => `${id} ${since}`)
      .sort();
  expect(found(one)).toEqual([
    "budget-fast-burn.db0.rpo-eu-central-1 2026-11-21T02:30:00Z",
    "budget-fast-burn.db0.rpo-eu-west-1 2026-11-21T02:30:00Z",
    "point-owed.db0.eu-west-1 2026-11-21T03:00:00Z",
  ]);
  expect(found(other)).toEqual(found(one));

  await house.live(90);
  await house.seen(house.primary);
  await house.live(10);
  await house.seen(house.recovery);
  await house.live(10);
  expect(
    found(await readCatalog(house.primary.catalog)).filter((id) => id.startsWith("budget-fast")),
  ).toEqual([]);
});

test("a vault of which nine tenths of the quota are used is told of by its own region's watch alone", async () => {
  const house = await houseWith(1);
  await house.live(10);
  for (let taken = 0; taken < 91; taken++) {
    const input = { DBInstanceIdentifier: "db0", DBSnapshotIdentifier: `by-hand-${taken}` };
    const call = {
      service: "rds" as const,
      region: "eu-west-1",
      operation: "CreateDBSnapshot",
      principal: "hand",
    };
    await house.twin.call({ ...call, input });
    house.clock.advance(20 * minute);
  }
  await house.seen(house.recovery);
  expect(await openIn(house.recovery)).not.toContain("quota-low.account.manual-snapshots-eu-west-1");

  const { findings, quotas } = await house.seen(house.primary);

  expect(findings.find(({ kind }) => kind === "quota-low")?.message).toMatch(
    /^9\d of the 100 manual snapshots that eu-west-1 allows are used\.$/,
  );
  expect(quotas.map(({ quota, region }) => `${quota} ${region}`)).toEqual([
    "manual snapshots eu-west-1",
    "manual snapshots eu-central-1",
    "copies of snapshots in flight eu-central-1",
  ]);
});

test("a vault that will come to its budget within a month is told of, with the day", async () => {
  const house = await houseWith(1);
  await house.live(10);
  const atMs = house.clock.now();
  const sizes = [1, 2, 3].map((gib) => ({ atMs: atMs + (gib - 3) * 86_400_000, bytes: gib * 2 ** 30 }));
  const vault = house.recovery.catalog.bucket;
  const budgeted = {
    ...house.recovery,
    environment: { ...house.recovery.environment, storage: { budgetGiB: 13 } },
    bucketSizes: { here: async () => new Map([[vault, sizes]]), there: async () => new Map() },
  };

  const { storage, findings } = await house.seen(budgeted);

  expect(storage).toEqual([
    {
      ...{ bucket: vault, region: "eu-central-1", bytes: 3 * 2 ** 30, growthBytesPerDay: 2 ** 30 },
      ...{ budgetBytes: 13 * 2 ** 30, fullOn: "2026-12-01" },
    },
  ]);
  expect(findings.map(({ kind, message }) => [kind, message])).toContainEqual([
    "storage-budget",
    `The vault ${vault} has 3.0 GiB, and will reach on 2026-12-01 the budget of 13.0 GiB.`,
  ]);
});

test("what is written down can be lost: another pass writes the same, and the facts alone tell the same of every source", async () => {
  const house = await houseWith(2);
  await house.live(120);
  const written = await house.seen();
  await house.twin.call({
    ...{ service: "s3", region: "eu-central-1", operation: "DeleteObject", principal: "somebody" },
    input: { Bucket: house.recovery.catalog.bucket, Key: "index/status.json" },
  });
  await expect(house.recovery.catalog.readStatus()).rejects.toMatchObject({ code: "not-found" });

  expect(await house.seen()).toEqual(written);

  const blind = { ...house.recovery, wait: async () => {} };
  house.hang(({ service }) => service === "rds");
  const { sources } = await house.seen(blind);
  expect(sources).toEqual(written.sources);
});
