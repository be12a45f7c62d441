import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { apiBench } from "./bench.ts";

/*
 * Requests made from the OpenAPI document, right and wrong, by somebody who may do everything.
 */
type Schema = {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
};
type Described = {
  operationId: string;
  parameters: { name: string; in: string; required: boolean; schema: Schema }[];
  requestBody?: { content: { "application/json": { schema: Schema } } };
};
type Made = { method: string; path: string; described: Described };

const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const operations: Made[] = Object.entries(
  document.paths as Record<string, Record<string, Described>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => ({ method: method.toUpperCase(), path, described })),
);

/** What there really is, so that some requests get far. */
const real: Record<string, string[]> = {
  source: ["orders", "uploads", "nightly-erp"],
  point: ["20261121T0300Z", "20261121T0315Z"],
  drill: ["20261121T0300Z"],
  until: ["2026-11-21T05:00:00Z"],
};

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.constantFrom(
    "",
    "..",
    "../../catalog/audit",
    "%00",
    "__proto__",
    "constructor",
    "<script>",
    "' OR 1=1",
    "\u0000",
    "a".repeat(5_000),
    "{{7*7}}",
    "-1",
    "1e999",
    "NaN",
  ),
);

function anyFor(schema: Schema, name: string): fc.Arbitrary<unknown> {
  const known = real[name];
  const choices: { arbitrary: fc.Arbitrary<unknown>; weight: number }[] = [
    { arbitrary: fitting(schema), weight: 4 },
    { arbitrary: hostile, weight: 1 },
    { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 },
  ];
  if (known) choices.push({ arbitrary: fc.constantFrom(...known), weight: 8 });
  return fc.oneof(...choices);
}

function fitting(schema: Schema): fc.Arbitrary<unknown> {
  const any = schema.anyOf ?? schema.oneOf;
  if (any) return fc.oneof(...any.map(fitting));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "string":
      if (schema.format === "date-time")
        return fc.date({ noInvalidDate: true }).map((at) => at.toISOString());
      if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern));
      return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 20, 40) });
    case "integer":
    case "number":
      return fc.integer({
        min: Math.max(schema.minimum ?? -5, -5),
        max: Math.min(schema.maximum ?? 500, 500),
      });
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(fitting(schema.items ?? {}), { maxLength: 3 });
    case "object": {
      const members = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, anyFor(one, name)]);
      return fc.record(Object.fromEntries(members), {
        requiredKeys: (schema.required ?? []).filter((name) => name in (schema.properties ?? {})) as never[],
        noNullPrototype: true,
      });
    }
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

// Of each operation once: fast-check takes longer to make these than the API to answer.
const requests = fc.oneof(...operations.map(requestsOf));

function requestsOf({ method, path, described }: Made) {
  const { parameters, requestBody } = described;
  const values = Object.fromEntries(
    parameters.filter((one) => one.in !== "header").map(({ name, schema }) => [name, anyFor(schema, name)]),
  );
  const body = requestBody?.content["application/json"].schema;
  return fc.record({
    method: fc.constant(method),
    path: fc.constant(path),
    names: fc.constant(parameters),
    values: fc.record(values),
    asks: fc.subarray(parameters.filter((one) => one.in === "query").map(({ name }) => name)),
    body: body
      ? fc.oneof(
          fitting(body).map((one) => JSON.stringify(one)),
          hostile,
        )
      : fc.constant(""),
    type: fc.constantFrom("application/json", "application/json", "application/json", "text/plain"),
    key: fc.option(fc.oneof(fc.constantFrom("k1", "k2"), hostile), { nil: undefined }),
  });
}

let house: Awaited<ReturnType<typeof apiBench>>;

beforeAll(async () => {
  house = await apiBench();
  await house.pass(20 * 60_000);
  const report = {
    schema: 1,
    at: new Date(house.clock.now()).toISOString(),
    environment: "local",
    ok: true,
  } as const;
  const where = {
    primaryRegion: "eu-west-1",
    recoveryRegion: "eu-central-1",
    region: "eu-central-1",
  } as const;
  const nothing = { regions: [], sources: [], findings: [], quotas: [], storage: [] };
  await house.recovery.catalog.writeIndex("status", JSON.stringify({ ...report, ...where, ...nothing }));
}, 60_000);

const vaults = () => Promise.all(house.both.map((region) => house.vaultNow(region)));

test("no request is too much for the API, none shows its inside, and none that is refused changes anything", async () => {
  const statuses = new Map<number, number>();
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(requests, async ({ method, path, names, values, asks, body, type, key }) => {
      const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(text((values as Record<string, unknown>)[name]).toWellFormed()),
      );
      const query = asks.map((name) => [
        name,
        text((values as Record<string, unknown>)[name]).toWellFormed(),
      ]);
      const asked = new URLSearchParams(query as [string, string][]).toString();
      const before = await vaults();
      const {
        status,
        text: said,
        headers,
      } = await house.raw(method, `/v1${filled}${asked ? `?${asked}` : ""}`, {
        as: { key: "fuzz" },
        headers: { "content-type": type, ...(key === undefined ? {} : { "idempotency-key": key }) },
        body,
      });
      house.clock.advance(1_000);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status < 300) seen.add(`${method} ${path}`);
      const context = `${method} ${filled}?${asked} ${body} -> ${status} ${said.slice(0, 300)}`;
      expect(status, context).toBeLessThan(500);
      expect(said, context).not.toMatch(
        /\bat .+\.[cm]?[jt]s:\d+|node_modules|node:internal|\/tmp\/|ZodError/,
      );
      // That a drill of the minute was begun with another input only AWS can say: the audit log has the try by then.
      const tried = said.includes("was started already, with another input");
      if (status >= 400 && !tried) expect(await vaults(), context).toEqual(before);
      if (status >= 400 && status !== 404)
        expect(headers["content-type"], `${context} ${names.length}`).toMatch(
          /^application\/(problem\+)?json/,
        );
    }),
    { numRuns: 1_500 },
  );
  // Requests that only ever fail at the door would prove little.
  expect(seen.size).toBeGreaterThan(operations.length / 2);
  expect(statuses.get(400)).toBeGreaterThan(50);
}, 300_000);
