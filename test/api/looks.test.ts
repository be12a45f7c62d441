import { beforeAll, describe, expect, test } from "vitest";
import { apiBench } from "./bench.ts";

/*
 * What the API tells of an environment that has run for a while: the local one, through each region's own API.
 */
let house: Awaited<ReturnType<typeof apiBench>>;

beforeAll(async () => {
  house = await apiBench();
  await house.pass(50 * 60_000);
}, 60_000);

describe("sources and points", () => {
  test("lists what is protected, by name, and since when", async () => {
    const { status, json } = await house.ask("listSources");

    expect(status).toBe(200);
    expect(json).toMatchObject({
      items: [
        { source: { name: "nightly-erp", kind: "archives" } },
        {
          source: { name: "orders", kind: "rds-instance" },
          declaredAt: expect.stringMatching(/^2026-11-21T03/),
        },
        { source: { name: "uploads" } },
      ],
    });
  });

  test("says a source's plan in words", async () => {
    const { json } = await house.ask("getSource", { params: { source: "orders" } });

    expect(json).toMatchObject({
      source: { name: "orders" },
      planInWords: expect.stringContaining('Plan "demo" takes a recovery point every 15m'),
    });
  });

  test("lists points newest first, page by page, each point once", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: "2", ...(cursor ? { cursor } : {}) };
      const { json } = await house.ask("listPoints", { params: { source: "orders" }, query });
      const { items, next } = json as unknown as { items: { point: string }[]; next?: string };
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map(({ point }) => point));
      cursor = next;
    } while (cursor);

    expect(seen).toEqual(["20261121T0345Z", "20261121T0330Z", "20261121T0315Z", "20261121T0300Z"]);
  });

  test("says of a point where it is and what is recorded of it, from either region", async () => {
    for (const region of house.both) {
      const params = { source: "orders", point: "20261121T0300Z" };
      const { status, json } = await house.ask("getPoint", { params }, { region });

      expect(status).toBe(200);
      expect(json).toMatchObject({
        at: "2026-11-21T03:00:00.000Z",
        places: [
          { region: "eu-west-1", role: "primary", state: "present" },
          { region: "eu-central-1", role: "recovery", state: "present" },
        ],
        held: false,
      });
      const names = (json as unknown as { facts: { name: string }[] }).facts.map(({ name }) => name);
      expect(names).toEqual(["available", "copied-eu-central-1"]);
    }
  });

  test("says when each source owes its next point", async () => {
    const { json } = await house.ask("listSchedules");

    expect(json).toMatchObject({
      items: [
        { source: "nightly-erp" },
        { source: "orders", everySeconds: 900, nextPointAt: "2026-11-21T04:00:00.000Z" },
        { source: "uploads" },
      ],
    });
  });
});

describe("alerts, channels, audit", () => {
  test("lists the alerts that are open, with their priority", async () => {
    const { json } = await house.ask("listAlerts");

    expect((json as unknown as { items: unknown[] }).items).toContainEqual(
      expect.objectContaining({
        id: expect.stringMatching(/^rpo-breached\.uploads\.eu-central-1@2026-11-21T03:46:00Z$/),
        priority: "P1",
        severity: "page",
        state: "open",
      }),
    );
  });

  test("names every channel and does not claim that one works before it was checked", async () => {
    const { json } = await house.ask("listChannels");

    expect(json).toMatchObject({
      channels: [
        { channel: "sms +4915112345678", severity: "page", state: "not known" },
        { channel: "email oncall@acme.example", severity: "page", state: "not known" },
        { channel: "email ops@acme.example", severity: "notify", state: "not known" },
      ],
    });
  });

  test("has an empty audit log as long as nobody has changed anything", async () => {
    expect((await house.ask("listAudit")).json).toEqual({ items: [] });
  });
});

describe("who asks", () => {
  test("is told by what API Gateway has established", async () => {
    const ann = {
      ...{ who: "arn:aws:iam::000000000000:user/ann", environment: "local", account: "000000000000" },
      ...{ region: "eu-central-1", primaryRegion: "eu-west-1", recoveryRegion: "eu-central-1" },
    };
    // What else IAM would let ann do, nobody tells the API: not "viewer", because that is what this route takes.
    expect((await house.ask("whoAmI", {}, { as: { key: "ann" } })).json).toMatchObject({
      ...ann,
      role: "iam",
    });
    const token = { sub: "42", groups: ["everybody", "operator"] };
    expect((await house.ask("whoAmI", {}, { as: { token } })).json).toMatchObject({
      who: "jwt:https://issuer.example#42",
      role: "operator",
    });
  });

  test("without a token or a signature gets nothing, and with a token without a role nothing either", async () => {
    expect((await house.raw("GET", "/v1/sources")).status).toBe(403);
    expect((await house.raw("GET", "/web/v1/sources")).status).toBe(401);
    const { status, json } = await house.ask("listSources", {}, { as: { token: { sub: "42" } } });
    expect(status).toBe(403);
    expect(json).toMatchObject({ code: "access-denied", detail: "You are signed in and have no role here" });
  });

  test("with a token for somebody else's service, an old one or one that somebody made gets nothing", async () => {
    const good = await house.tokenOf({ sub: "42", groups: ["admin"] });
    const [head = "", claims = "", signature = ""] = good.split(".");
    const forged = JSON.parse(Buffer.from(claims, "base64url").toString());
    const claimed = Buffer.from(JSON.stringify({ ...forged, sub: "1" })).toString("base64url");
    const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    for (const bearer of [
      `${head}.${claimed}.${signature}`,
      `${none}.${claims}.`,
      `${none}.${claims}.${signature}`,
    ])
      expect((await house.raw("GET", "/web/v1/sources", { as: { bearer } })).status).toBe(401);
    expect((await house.raw("GET", "/web/v1/sources", { as: { bearer: good } })).status).toBe(200);
  });
});

describe("problems", () => {
  test("are documents of RFC 9457 with a code and what to do", async () => {
    const { status, headers, json } = await house.ask("getSource", { params: { source: "order" } });

    expect(status).toBe(404);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(json).toEqual({
      type: "urn:holdfast:problem:not-found",
      title: "There is no such thing",
      status: 404,
      detail: 'There is no source "order" in "local"',
      instance: expect.stringMatching(/^urn:request:/),
      code: "not-found",
      fix: "There are: nightly-erp, orders, uploads.",
    });
  });

  test("name the field that is not right", async () => {
    const { status, json } = await house.raw("GET", "/v1/sources?limit=0&colour=red", { as: { key: "ann" } });

    expect(status).toBe(400);
    expect(json).toMatchObject({
      code: "invalid",
      detail: expect.stringMatching(/query\.limit.*query.*colour/s),
    });
  });

  test("tell nothing of what went wrong inside", async () => {
    const s3 = house.twin.service("s3");
    const { ListObjectsV2 } = s3?.operations ?? {};
    const fail = () => {
      throw new Error("secret-bucket at 10.0.0.1 said no");
    };
    if (s3) s3.operations.ListObjectsV2 = fail;
    const { status, text } = await house.ask("listSources");
    if (s3 && ListObjectsV2) s3.operations.ListObjectsV2 = ListObjectsV2;

    expect(status).toBeGreaterThanOrEqual(500);
    expect(text).not.toMatch(/secret|10\.0|holdfast-local|at .*\.ts/);
  });

  test("no watch has reported: the status is not known, and is not said to be well", async () => {
    const { status, json } = await house.ask("getStatus");

    expect(status).toBe(503);
    expect(json).toMatchObject({
      code: "unavailable",
      detail: expect.stringContaining("has not reported yet"),
    });
  });
});

test("the API used no right that its role lacks", () => {
  expect(house.access.refusals.filter((one) => one.includes("-api@"))).toEqual([]);
});
