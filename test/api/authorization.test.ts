import { beforeAll, describe, expect, test } from "vitest";
import { mayAct, type Role, roles } from "../../functions/core/api/route.ts";
import { type Operation, routes } from "../../functions/core/api/routes.ts";
import { type AccessKey, type Scope, type Signable, signed } from "../../local/sigv4.ts";
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
  check: "1",
};
const bodies: Partial<Record<Operation, object>> = {
  ...{
    deletePoint: { reason: "why not" },
    holdPoint: { reason: "why not" },
    releasePoint: { reason: "why not" },
  },
  pauseSchedule: { reason: "why not", until: "2026-11-21T04:00:00Z" },
  verifyArchive: { what: "nothing" },
  acknowledgeCode: { code: "nothing" },
  runExpiry: { source: "nothing" },
  planRestore: { source: "nothing", wanted: { which: "latest" } },
  createRestore: { source: "nothing", wanted: { which: "latest" } },
};
const ask = (operation: Operation, as: As) =>
  house.ask(operation, { params, body: bodies[operation] ?? {} } as never, { as });

const vaults = () => Promise.all(house.both.map((region) => house.vaultNow(region)));

/** What an answer comes with: every call of the stand-in that was made meanwhile. */
async function listening(asking: () => Promise<{ status: number }>) {
  const calls: string[] = [];
  house.twin.interceptors.unshift((call, proceed) => {
    calls.push(`${call.service}:${call.operation}`);
    return proceed();
  });
  const { status } = await asking().finally(() => house.twin.interceptors.shift());
  return { status, calls };
}

const callers = (role: Role | "nobody"): [string, As][] => [
  ["key", { key: `key-of-${role}` }],
  ["token", { token: { sub: role, groups: role === "nobody" ? ["everybody"] : [role] } }],
];

describe.each([...roles, "nobody"] as const)("%s", (role) => {
  test.each(callers(role))("by %s, may take exactly the routes of the role", async (by, as) => {
    for (const operation of operations) {
      const allowed = role !== "nobody" && mayAct(role, routes[operation].role);
      const before = await vaults();
      const { status, calls } = await listening(() => ask(operation, as));
      if (allowed) {
        expect([200, 400, 404, 422, 503], `${operation} ${status}`).toContain(status);
        continue;
      }
      expect(status, operation).toBe(403);
      // API Gateway knows who signed, and lets nothing through; a token's role the function reads, and does nothing else.
      expect(calls, operation).toEqual(by === "key" ? [] : ["lambda:Invoke"]);
      expect(await vaults(), operation).toEqual(before);
    }
  });
});

test("without a signature or a token of its own, no route is taken and no code of ours runs", async () => {
  const viewer = await house.tokenOf({ sub: "viewer", groups: ["admin"] });
  for (const operation of operations) {
    const { method, path } = routes[operation];
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: keyof typeof params) => params[name]);
    const body = method === "POST" ? { body: JSON.stringify(bodies[operation] ?? {}) } : {};
    const refused: [string, Parameters<typeof house.raw>[2], number][] = [
      ["/v1", {}, 403],
      ["/v1", { as: { bearer: viewer } }, 403],
      ["/v1", { as: { key: "key-of-nobody" } }, 403],
      ["/web/v1", {}, 401],
      ["/web/v1", { as: { key: "key-of-admin" } }, 401],
      ["/web/v1", { as: { bearer: `${viewer.slice(0, -2)}AA` } }, 401],
    ];
    for (const [prefix, as, expected] of refused) {
      const { status, calls } = await listening(() => house.raw(method, prefix + filled, { ...as, ...body }));
      expect(status, `${operation} ${prefix} ${JSON.stringify(as)}`).toBe(expected);
      expect(calls).toEqual([]);
    }
  }
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

describe("a signature", () => {
  const region = "eu-central-1";
  const here: Scope = { service: "execute-api", region };
  const viewer: AccessKey = { accessKeyId: "key-of-viewer", secretAccessKey: "secret of key-of-viewer" };
  const plain = (body = '{"source":"nothing","wanted":{"which":"latest"}}'): Signable => ({
    ...{ method: "POST", path: "/v1/restore-plans", query: "", body: Buffer.from(body) },
    headers: { host: "api.example", "content-type": "application/json", "idempotency-key": "1" },
  });
  /** A request that a viewer has signed, of which something is then altered. */
  const sent = async (
    alter: (request: Signable) => Partial<Signable> = () => ({}),
    scope = here,
    key = viewer,
  ) => {
    const request = plain();
    request.headers = await signed(request, scope, key);
    const { status, body } = await house.apis.answer(region, {
      ...{ ...request, ...alter(request) },
      address: "192.0.2.7",
    });
    return `${status} ${body}`;
  };
  const forbidden = '403 {"message":"Forbidden"}';
  const header = (name: string, value: string) => (request: Signable) => ({
    headers: { ...request.headers, [name]: value },
  });

  /** Within the same minute, so that only the signature tells. */
  const aSecondAfter = ({ "x-amz-date": date = "" }: Record<string, string>) =>
    `${date.slice(0, 13)}${String((Number(date.slice(13, 15)) + 1) % 60).padStart(2, "0")}Z`;

  test("lets a request through that is as it was signed", async () => {
    expect(await sent()).toMatch(/^404 .*There is no source/);
    expect(await sent(header("user-agent", "added on the way"))).toMatch(/^404 .*There is no source/);
  });

  test.each<[string, (request: Signable) => Partial<Signable>]>([
    ["no signature", () => ({ headers: plain().headers })],
    ["another method", () => ({ method: "GET", path: "/v1/restores" })],
    ["another path", () => ({ path: "/v1/schedules/orders/run" })],
    ["another query", () => ({ query: "limit=1" })],
    ["another body", () => plain("{}")],
    ["another header", header("idempotency-key", "2")],
    ["another host", header("host", "api.elsewhere")],
    ["a digest of another body", header("x-amz-content-sha256", "0".repeat(64))],
    ["another time", ({ headers }) => ({ headers: { ...headers, "x-amz-date": aSecondAfter(headers) } })],
    [
      "a header less than was signed",
      ({ headers }) => ({
        headers: { ...headers, authorization: (headers.authorization ?? "").replace("idempotency-key;", "") },
      }),
    ],
    [
      "somebody else's key",
      ({ headers }) => ({
        headers: { ...headers, authorization: (headers.authorization ?? "").replace("viewer", "admin") },
      }),
    ],
  ])("is refused with %s", async (_what, alter) => {
    expect(await sent(alter)).toBe(forbidden);
  });

  test("is refused for another service or region, from an unknown key and with a wrong secret", async () => {
    const nothing = () => ({});
    expect(await sent(nothing, { ...here, service: "s3" })).toBe(forbidden);
    expect(await sent(nothing, { ...here, region: "eu-west-1" })).toBe(forbidden);
    expect(await sent(nothing, here, { ...viewer, accessKeyId: "key-of-stranger" })).toBe(forbidden);
    expect(await sent(nothing, here, { ...viewer, secretAccessKey: "guessed" })).toBe(forbidden);
  });

  test("is refused if it does not say for which host it is", async () => {
    const { headers, ...rest } = plain();
    const { host = "", ...others } = headers;
    const request = {
      ...rest,
      headers: { ...(await signed({ ...rest, headers: others }, here, viewer)), host },
    };
    expect((await house.apis.answer(region, { ...request, address: "192.0.2.7" })).status).toBe(403);
  });

  test("is the one that AWS's test suite of signatures has", async () => {
    const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
    const scope = { service: "service", region: "us-east-1" };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const sign = async (method: string, query = "", headers = {}, body = "") => {
      const request = { method, path: "/", query, body: Buffer.from(body) };
      const all = { host: "example.amazonaws.com", ...headers };
      const at = new Date("2015-08-30T12:36:00Z");
      return (await signed({ ...request, headers: all }, scope, key, at)).authorization;
    };
    expect(await sign("GET")).toMatch(/=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31$/);
    expect(await sign("GET", "Param2=value2&Param1=value1")).toMatch(
      /=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500$/,
    );
    expect(await sign("POST", "", form, "Param1=value1")).toMatch(
      /=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a$/,
    );
  });

  test("is refused when it is older than five minutes", async () => {
    const at = new Date(Date.now() - 6 * 60_000);
    const request = plain();
    request.headers = await signed(request, here, viewer, at);
    expect((await house.apis.answer(region, { ...request, address: "192.0.2.7" })).status).toBe(403);
  });
});
