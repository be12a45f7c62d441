import { beforeEach, describe, expect, test } from "vitest";
import type { AuditFact } from "../../functions/core/action.ts";
import { expire } from "../../functions/expire/expire.ts";
import { apiBench } from "./bench.ts";

/*
 * What people change through the API, and what is left of it in the vaults.
 */
let house: Awaited<ReturnType<typeof apiBench>>;
const operator = { as: { token: { sub: "olga", groups: ["operator"] } } };
const admin = { as: { token: { sub: "ada", groups: ["admin"] } } };
const point = { source: "orders", point: "20261121T0300Z" };
const minute = 60_000;
const call = { remainingMs: () => 600_000, lastTry: false };
const itemsOf = <T>({ json }: { json: unknown }) => (json as { items: T[] }).items;

beforeEach(async () => {
  house = await apiBench();
  await house.pass(20 * minute);
}, 60_000);

const factsOf = async (params: { source: string; point: string }) => {
  const { json } = await house.ask("getPoint", { params });
  return (json as unknown as { facts: { name: string }[] }).facts.map(({ name }) => name);
};

describe("points", () => {
  test("one that is asked for in the recovery region is taken in the primary one and copied", async () => {
    const { status, json } = await house.ask("createPoint", { params: { source: "orders" } }, operator);

    expect(status).toBe(202);
    expect(json).toEqual({ source: "orders", point: "20261121T0320Z", state: "requested" });
    await house.pass(20 * minute);
    expect(await factsOf({ source: "orders", point: "20261121T0320Z" })).toEqual(
      expect.arrayContaining(["available", "copied-eu-central-1"]),
    );
  });

  test("none is given for what may have been begun before anybody asked: its minute must be over", async () => {
    const params = { source: "orders" };
    await house.ask("createPoint", { params }, operator);
    await house.pass(20_000);
    const again = await house.ask("createPoint", { params }, operator);

    expect(again).toMatchObject({
      status: 409,
      json: { code: "conflict", fix: expect.stringContaining("Ask again in 40 s") },
    });
    await house.pass(40_000);
    expect((await house.ask("createPoint", { params }, operator)).json).toMatchObject({
      point: "20261121T0321Z",
    });
  });

  test("a hold is put on and taken off, with who did it and why", async () => {
    const held = await house.ask("holdPoint", { params: point, body: { reason: "audit 2026" } }, operator);
    expect(held.status).toBe(201);
    expect((await house.ask("getPoint", { params: point })).json).toMatchObject({ held: true });

    const { hold } = held.json;
    const { status } = await house.ask(
      "releasePoint",
      { params: point, body: { reason: "done", hold } },
      operator,
    );
    expect(status).toBe(403);
    const released = await house.ask(
      "releasePoint",
      { params: point, body: { reason: "done", hold } },
      admin,
    );

    expect(released.json).toEqual({
      released: [hold],
      holdsLeft: [],
      regions: ["eu-west-1", "eu-central-1"],
    });
    expect((await house.ask("getPoint", { params: point })).json).toMatchObject({ held: false });
  });

  test("one that is to be deleted goes after two passes of expiry, and the newest never does", async () => {
    await house.pass(30 * minute);
    const body = { reason: "it holds what must be forgotten" };
    for (const params of [point, { source: "orders", point: "20261121T0345Z" }])
      expect((await house.ask("deletePoint", { params, body }, admin)).status).toBe(202);
    for (let hour = 0; hour < 3; hour++) {
      await house.pass(minute);
      await expire(house.primary, call);
      await expire(house.recovery, call);
      house.clock.advance(61 * minute);
    }

    expect(await factsOf(point)).toEqual(
      expect.arrayContaining(["expired-eu-west-1", "expired-eu-central-1"]),
    );
    const newest = await factsOf({ source: "orders", point: "20261121T0345Z" });
    expect(newest.filter((name) => name.startsWith("expired-"))).toEqual([]);
  });

  test("a held one is not deleted, whoever wants it", async () => {
    await house.pass(30 * minute);
    await house.ask("holdPoint", { params: point, body: { reason: "audit 2026" } }, operator);
    await house.ask("deletePoint", { params: point, body: { reason: "away with it" } }, admin);
    for (let hour = 0; hour < 3; hour++) {
      await expire(house.primary, call);
      house.clock.advance(61 * minute);
    }

    expect((await factsOf(point)).filter((name) => name.startsWith("expired-"))).toEqual([]);
  });
});

describe("schedules", () => {
  test("a paused one takes no points, says so, and goes on by itself at its end", async () => {
    const until = "2026-11-21T04:10:00Z";
    const body = { until, reason: "migration" };
    const paused = await house.ask("pauseSchedule", { params: { source: "orders" }, body }, admin);
    expect(paused.json).toEqual({ source: "orders", pausedUntil: until });
    await house.pass(35 * minute);

    const points = async () =>
      itemsOf<{ point: string }>(await house.ask("listPoints", { params: { source: "orders" } })).map(
        (one) => one.point,
      );
    expect(await points()).toEqual(["20261121T0315Z", "20261121T0300Z"]);
    const schedules = itemsOf<object>(await house.ask("listSchedules"));
    expect(schedules[1]).toMatchObject({ pausedUntil: until, pausedBy: "jwt:https://issuer.example#ada" });
    const alerts = itemsOf<{ finding: { kind: string } }>(await house.ask("listAlerts"));
    expect(alerts.map(({ finding }) => finding.kind)).toContain("schedule-paused");

    await house.pass(20 * minute);
    expect(await points()).toContain("20261121T0400Z");
    const later = itemsOf<{ finding: { kind: string } }>(await house.ask("listAlerts"));
    expect(later.map(({ finding }) => finding.kind)).not.toContain("schedule-paused");
  });

  test("one is resumed before its time, and not paused for more than a week", async () => {
    const pause = (until: string) =>
      house.ask(
        "pauseSchedule",
        { params: { source: "orders" }, body: { until, reason: "migration" } },
        admin,
      );
    expect((await pause("2026-11-29T00:00:00Z")).status).toBe(400);
    expect((await pause("2026-11-20T00:00:00Z")).status).toBe(400);
    expect((await pause("2026-11-22T00:00:00Z")).status).toBe(200);
    expect((await house.ask("resumeSchedule", { params: { source: "orders" } }, operator)).status).toBe(200);
    expect((await house.ask("resumeSchedule", { params: { source: "orders" } }, operator)).status).toBe(400);

    await house.pass(15 * minute);
    const points = itemsOf<{ point: string }>(
      await house.ask("listPoints", { params: { source: "orders" } }),
    );
    expect(points[0]?.point).toBe("20261121T0330Z");
  });
});

describe("alerts", () => {
  test("one is acknowledged once, by whoever was first", async () => {
    await house.pass(30 * minute);
    const [alert] = itemsOf<{ id: string }>(await house.ask("listAlerts"));
    const params = { alert: alert?.id ?? "" };

    const first = await house.ask("acknowledgeAlert", { params }, operator);
    const second = await house.ask("acknowledgeAlert", { params }, admin);

    const by = { state: "acknowledged", acknowledgedBy: "jwt:https://issuer.example#olga" };
    expect(first.json).toMatchObject(by);
    expect(second.json).toMatchObject(by);
  });
});

describe("the audit log", () => {
  test("has who did what to what, from where; each entry holds the one before", async () => {
    await house.ask("createPoint", { params: { source: "orders" } }, operator);
    await house.ask("holdPoint", { params: point, body: { reason: "audit 2026" } }, { as: { key: "ann" } });
    const { items } = (await house.ask("listAudit", { query: { limit: "1" } })).json as unknown as {
      items: AuditFact[];
    };

    expect(items).toEqual([
      expect.objectContaining({
        region: "eu-central-1",
        number: 2,
        who: "arn:aws:iam::000000000000:user/ann",
        what: "holdPoint",
        target: "orders/20261121T0300Z",
        from: { address: "192.0.2.7", through: "api" },
        outcome: "accepted",
        previous: expect.stringMatching(/^[0-9a-f]{64}$/),
      }),
    ]);
    await house.pass(2 * minute);
    const elsewhere = await house.ask(
      "listAudit",
      { query: { region: "eu-central-1" } },
      { region: "eu-west-1" },
    );
    expect(itemsOf<AuditFact>(elsewhere).map(({ number }) => number)).toEqual([2, 1]);
  });

  test("many at once make one chain", async () => {
    const asked = Array.from({ length: 8 }, (_, index) =>
      house.ask(
        "holdPoint",
        { params: point, body: { reason: `reason ${index}` } },
        { as: { key: `user-${index}` } },
      ),
    );
    await Promise.all(asked);

    const numbers = itemsOf<AuditFact>(await house.ask("listAudit")).map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => numbers.length - index));
    expect(numbers.length).toBeGreaterThanOrEqual(8);
  });
});

describe("idempotency keys", () => {
  const headers = { "idempotency-key": "5b1c" };

  test("the same request with the same key is done once, and answered alike", async () => {
    const ask = () =>
      house.ask("holdPoint", { params: point, body: { reason: "audit" } }, { ...operator, headers });
    const first = await ask();
    house.clock.advance(5 * minute);
    const second = await ask();

    expect(second.json).toEqual(first.json);
    expect((await factsOf(point)).filter((name) => name.startsWith("held-"))).toHaveLength(1);
    house.clock.advance(25 * 60 * minute);
    expect((await ask()).json).not.toEqual(first.json);
  });

  test("another request with the same key is refused; somebody else's key is another one", async () => {
    const ask = (reason: string, about: object = operator) =>
      house.ask("holdPoint", { params: point, body: { reason } }, { ...about, headers });
    await ask("audit");

    expect(await ask("another")).toMatchObject({ status: 400, json: { code: "invalid" } });
    house.clock.advance(minute);
    expect((await ask("another", admin)).status).toBe(201);
  });
});

test("the API used no right that its role lacks", async () => {
  await house.ask("planRestore", { body: { source: "orders", wanted: { which: "latest" } } });
  await house.ask("verifyPoint", { params: point }, operator);
  expect(house.access.refusals.filter((one) => one.includes("-api@"))).toEqual([]);
});
