import { beforeAll, describe, expect, test } from "vitest";
import { mayAct, type Role, roles } from "../../functions/core/api/route.ts";
import { type Operation, routes } from "../../functions/core/api/routes.ts";
import { type As, apiBench } from "./bench.ts";

/*
 * Every role at every route, over both prefixes, as the assembly has them: by the managed policy of the role, and by the
 * groups of a token.
 */
let house: Awaited<ReturnType<typeof apiBench>>;
const operations = Object.keys(routes) as Operation[];

beforeAll(async () => {
  house = await apiBench();
  for (const role of roles) house.access.attach(`key-of-${role}`, [`holdfast-local-${role}-eu-central-1`]);
  house.access.attach("key-of-nobody", []);
  await house.pass(2 * 60_000);
}, 60_000);

/** Names of nothing that there is, so that what is allowed changes nothing either. */
const params = {
  ...{ source: "nothing", point: "20261121T0300Z", drill: "20261121T0300Z" },
  ...{ restore: "nothing-20261121t030000z", alert: "nothing@2026-11-21T03:00:00Z" },
};
const bodies: Partial<Record<Operation, object>> = {
  ...{
    deletePoint: { reason: "why not" },
    holdPoint: { reason: "why not" },
    releasePoint: { reason: "why not" },
  },
  pauseSchedule: { reason: "why not", until: "2026-11-21T04:00:00Z" },
  planRestore: { source: "nothing", wanted: { which: "latest" } },
  createRestore: { source: "nothing", wanted: { which: "latest" } },
};
const ask = (operation: Operation, as: As) =>
  house.ask(operation, { params, body: bodies[operation] ?? {} } as never, { as });

const callers = (role: Role | "nobody"): [string, As][] => [
  ["key", { key: `key-of-${role}` }],
  ["token", { token: { sub: role, groups: role === "nobody" ? ["everybody"] : [role] } }],
];

describe.each([...roles, "nobody"] as const)("%s", (role) => {
  test.each(callers(role))("by %s, may take exactly the routes of the role", async (_by, as) => {
    for (const operation of operations.filter((one) => one !== "testAlerts")) {
      const allowed = role !== "nobody" && mayAct(role, routes[operation].role);
      const { status } = await ask(operation, as);
      if (allowed) expect([200, 400, 404, 422, 503], `${operation} ${status}`).toContain(status);
      else expect(status, operation).toBe(403);
    }
  });
});

test("what was refused has changed nothing, in either vault", async () => {
  const before = await Promise.all(house.both.map((region) => house.vaultNow(region)));
  for (const role of ["viewer", "nobody"] as const)
    for (const [, as] of callers(role))
      for (const operation of operations) if (routes[operation].role !== "viewer") await ask(operation, as);

  expect(await Promise.all(house.both.map((region) => house.vaultNow(region)))).toEqual(before);
});

test("each region's policies are for its own API", async () => {
  house.access.attach("elsewhere", ["holdfast-local-admin-eu-west-1"]);
  expect((await ask("listSources", { key: "elsewhere" })).status).toBe(403);
  const there = await house.ask("listSources", {}, { as: { key: "elsewhere" }, region: "eu-west-1" });
  expect(there.status).toBe(200);
});

test("no path that only looks like one of a role's own leads to another's", async () => {
  const before = await house.vaultNow("eu-central-1");
  for (const path of [
    "/v1/sources/orders/points/20261121T0300Z/delete",
    "/v1/sources/orders/points/20261121T0300Z%2Fdelete/hold",
    "/v1/sources/orders%2Fpoints/points",
    "/v1//sources/orders/points",
    "/v1/sources/../schedules/orders/pause",
    "/V1/schedules/orders/pause",
  ]) {
    const body = JSON.stringify({ reason: "why not", until: "2026-11-21T04:00:00Z" });
    const { status } = await house.raw("POST", path, { as: { key: "key-of-operator" }, body });
    expect([400, 403, 404], path).toContain(status);
  }
  expect(await house.vaultNow("eu-central-1")).toEqual(before);
});
