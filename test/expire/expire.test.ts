import { describe, expect, test } from "vitest";
import { gatherPoints } from "../../functions/core/point.ts";
import type { Source } from "../../functions/core/source.ts";
import { expire } from "../../functions/expire/expire.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { AwsError } from "../../local/twin.ts";
import { worldIn } from "../worlds.ts";
import { db0, findings, hourMs, putUpHouse, twoHours } from "./house.ts";

const aurora: Source = { name: "au0", kind: "rds-cluster", cluster: "au0", plan: twoHours };

describe("snapshots that no tier keeps", () => {
  test("are marked in one pass and deleted in one an hour later, each region its own", async () => {
    const house = await putUpHouse(db0, aurora);
    await house.pass(4);
    const before = house.snapshots();
    await house.run();
    expect(house.snapshots()).toEqual(before);
    const marked = before.filter((id) => id.includes("db0"))[0] ?? "";
    const point = marked.slice("test-db0-".length).toUpperCase();
    expect(await house.factsOf("db0", point)).toContainEqual(expect.stringMatching(/^expiring-eu-west-1-/));

    await house.pass(1);
    await house.run();

    expect(house.snapshots().filter((id) => before.includes(id))).toHaveLength(before.length - 6);
    expect(house.snapshots("eu-central-1")).toEqual(expect.arrayContaining(before));
    expect(await house.factsOf("db0", point)).toContain("expired-eu-west-1");

    await house.pass(3, [house.primary, house.recovery]);
    // Of each source two hours are kept, and one waits for its mark to be an hour old.
    for (const region of ["eu-west-1", "eu-central-1"]) expect(house.snapshots(region)).toHaveLength(6);
    expect((await findings(house)).episodes).toEqual([]);
  });

  test("go only an hour after their mark, however often it is looked", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    for (let minutes = 0; minutes < 60; minutes += 10) {
      await house.run();
      house.clock.advance(10 * 60_000 - 1_000);
    }
    expect(house.snapshots()).toHaveLength(5);
  });

  test("of somebody else stay, whatever their names and tags", async () => {
    const house = await putUpHouse(db0);
    const by = (id: string, tags: Record<string, string>) =>
      house.twin.call({
        ...{ service: "rds", region: "eu-west-1", operation: "CreateDBSnapshot", principal: "somebody" },
        input: {
          DBSnapshotIdentifier: id,
          DBInstanceIdentifier: "db0",
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        },
      });
    const tags = {
      "holdfast:environment": "test",
      "holdfast:source": "db0",
      "holdfast:point": "20261101T0300Z",
    };
    const foreign = [
      "test-db0-20261101t0300z",
      "test-db0-20261101t0300z-copy",
      "test-db0-20261101t0300z-r10",
    ];
    await by(foreign[0] as string, {});
    house.clock.advance(hourMs);
    for (const id of foreign.slice(1)) {
      await by(id, tags);
      house.clock.advance(hourMs);
    }
    await house.pass(6, [house.primary, house.recovery]);
    expect(house.snapshots()).toEqual(expect.arrayContaining(foreign));
    expect(house.snapshots().length).toBeLessThan(foreign.length + 6);
  });

  test("that failed go with their point, or once newer points are there", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    const failed = [...house.rds.state.snapshots.values()].find(({ id }) => id === house.idOf(2));
    if (failed) failed.status = "failed";
    await house.pass(4, [house.primary, house.recovery]);
    expect(house.snapshots()).not.toContain(failed?.id);
  });

  test("of a source that is declared no longer follow its last plan, and the newest of them stays", async () => {
    const house = await putUpHouse(db0, aurora);
    await house.pass(4);
    const { environment, twin } = house;
    const without = { ...environment, sources: [aurora] };
    const worlds = ["eu-west-1", "eu-central-1"].map((region) => worldIn(twin, without, region));
    for (let hour = 0; hour < 3; hour++) {
      house.clock.advance(hourMs);
      for (const world of worlds) await reconcile(world);
      for (const world of worlds) await expire(world, { remainingMs: () => 900_000 });
    }
    for (const region of ["eu-west-1", "eu-central-1"]) {
      expect(house.snapshots(region).filter((id) => id.includes("db0"))).toHaveLength(2);
    }
  });
});

describe("what is held", () => {
  test("stays, and goes after its release in two passes more", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    await house.run();
    const id = house.idOf(3);
    const point = id.slice("test-db0-".length).toUpperCase();
    await house.record(house.recovery, "held-17", { fact: "held", point, reason: "audit" });
    await house.pass(3, [house.primary]);
    expect(house.snapshots()).toContain(id);
    expect(await house.factsOf("db0", point)).toContainEqual(expect.stringMatching(/^kept-eu-west-1-/));

    await house.record(house.primary, "released-17", { fact: "released", point });
    await house.run();
    await house.run();
    expect(house.snapshots()).toContain(id);
    await house.pass(1, [house.primary]);
    expect(house.snapshots()).not.toContain(id);
  });

  test("stays also if the hold comes while the pass is under way", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    await house.run();
    house.clock.advance(hourMs);
    const point = house.idOf(4).slice("test-db0-".length).toUpperCase();
    let held = false;
    house.twin.interceptors.push(async (call, proceed) => {
      const answer = await proceed();
      if (call.operation === "DescribeDBSnapshots" && call.principal === "primary" && !held) {
        held = true;
        await house.record(house.recovery, "held-1", { fact: "held", point });
      }
      return answer;
    });
    await house.run();
    expect(house.snapshots()).toContain(house.idOf(4));
    expect(house.snapshots()).not.toContain(house.idOf(3));
  });
});

test("what a drill reads stays until it has ended, also if it begins while the pass is under way", async () => {
  const house = await putUpHouse(db0);
  await house.pass(4);
  await house.run();
  house.clock.advance(hourMs);
  const point = house.idOf(4).slice("test-db0-".length).toUpperCase();
  const { now, catalog, region } = house.recovery;
  const common = {
    schema: 1,
    at: now().toISOString(),
    source: "db0",
    drill: "20261121T0500Z",
    point,
    region,
  } as const;
  let begun = false;
  house.twin.interceptors.push(async (call, proceed) => {
    const answer = await proceed();
    if (call.operation === "DescribeDBSnapshots" && call.principal === "primary" && !begun) {
      begun = true;
      const until = "2026-11-22T17:00:00Z";
      await catalog.recordDrillStarted({ ...common, fact: "started", by: "person", until });
    }
    return answer;
  });
  await house.run();
  expect(house.snapshots()).toContain(house.idOf(4));
  expect(house.snapshots()).not.toContain(house.idOf(3));
  await house.run();
  expect(house.snapshots()).toContain(house.idOf(4));

  const key = "catalog/drills/db0/20261121T0500Z/finished.json";
  const finished = { Bucket: "holdfast-test-000000000000-eu-central-1", Key: key, Body: "{}" };
  const put = { service: "s3", operation: "PutObject", region, input: finished, principal: "drill" } as const;
  await house.twin.call(put);
  await house.pass(2, [house.primary]);
  expect(house.snapshots()).not.toContain(house.idOf(6));
});

describe("when things break", () => {
  test("a crash between deletion and fact is no loss: reconcile records that it expired", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    await house.run();
    house.clock.advance(hourMs);
    house.twin.interceptors.push(async (call, proceed) => {
      const answer = await proceed();
      if (call.operation === "DeleteDBSnapshot") throw new Error("cut off");
      return answer;
    });
    await house.run().catch(() => {});
    house.twin.interceptors.length = 0;
    const id = house.idOf(4);
    expect(house.snapshots()).not.toContain(id);

    await house.pass(1);

    const facts = await house.factsOf("db0", id.slice("test-db0-".length).toUpperCase());
    expect(facts).toContain("expired-eu-west-1");
    expect(facts).not.toContain("lost-eu-west-1");
    expect((await findings(house)).episodes.join()).not.toContain("artefact-lost");
  });

  test("without the other vault nothing is deleted: a hold that was put there would not be known", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    await house.run();
    house.clock.advance(hourMs);
    house.twin.interceptors.push((call, proceed) => {
      if (call.region === "eu-central-1") throw new AwsError("ServiceUnavailable", "away", 503);
      return proceed();
    });
    await house.run();
    expect(house.snapshots()).toHaveLength(5);
    house.twin.interceptors.length = 0;
    await house.run();
    expect(house.snapshots()).toHaveLength(2);
  });

  test("a region whose snapshots cannot be listed loses none, and nothing is recorded of them", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    house.twin.interceptors.push((call, proceed) => {
      if (call.operation === "DescribeDBSnapshots") throw new AwsError("ServiceUnavailable", "away", 503);
      return proceed();
    });
    await house.run();
    const points = gatherPoints(await entries(house)).get("db0") ?? [];
    expect(points.flatMap(({ facts }) => [...facts.keys()]).filter((name) => name.startsWith("exp"))).toEqual(
      [],
    );
  });

  test("a right that is missing fails the pass, after all the rest was done", async () => {
    const house = await putUpHouse(db0, aurora);
    await house.pass(4);
    await house.run();
    house.clock.advance(hourMs);
    house.twin.interceptors.push((call, proceed) => {
      if (call.operation === "DeleteDBSnapshot") throw new AwsError("AccessDenied", "no", 403);
      return proceed();
    });
    await expect(house.run()).rejects.toMatchObject({ code: "access-denied" });
    expect(house.snapshots().filter((id) => id.includes("au0"))).toHaveLength(2);
    expect(house.snapshots().filter((id) => id.includes("db0"))).toHaveLength(5);
  });

  test("with little time left nothing more is deleted", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    await house.run();
    house.clock.advance(hourMs);
    await expire(house.primary, { remainingMs: () => 30_000 });
    expect(house.snapshots()).toHaveLength(5);
  });

  test("two passes at once delete no more than one", async () => {
    const house = await putUpHouse(db0);
    await house.pass(4);
    await Promise.all([house.run(), house.run()]);
    house.clock.advance(hourMs);
    await Promise.all([house.run(), house.run()]);
    expect(house.snapshots()).toHaveLength(2);
  });
});

type House = Awaited<ReturnType<typeof putUpHouse>>;

async function entries({ primary }: House) {
  const found = [];
  for await (const { key, storedAt } of primary.catalog.list("catalog/points/")) {
    const [, , source = "", point = "", file = ""] = key.split("/");
    found.push({ source, point, name: file.slice(0, -5), storedAt });
  }
  return found;
}
