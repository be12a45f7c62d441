import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { mayAct } from "../../functions/core/api/route.ts";
import { type Operation, routes } from "../../functions/core/api/routes.ts";
import { openApiFile, openApiText } from "../../scripts/openapi.ts";

const text = readFileSync(openApiFile, "utf8");
type Described = { operationId: string; "x-holdfast-role": never; responses: object; summary: string };

test("docs/openapi.json is what the table of routes says (if not: npm run docs)", () => {
  expect(text).toBe(openApiText());
});

test("it is an OpenAPI 3.1 document", async () => {
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(text))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("it has every operation once, with its role, its answer and how it is refused", () => {
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Described>> };
  const all = Object.values(paths).flatMap((methods) => Object.values(methods));
  expect(all.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(routes).sort());
  for (const { operationId, responses, summary, ...described } of all) {
    const { status, role } = routes[operationId as Operation];
    expect(described["x-holdfast-role"]).toBe(role);
    expect(Object.keys(responses)).toEqual([String(status), "default"]);
    expect(summary).toMatch(/^[A-Z].*\.$/s);
  }
});

test("what changes something is for operators at least", () => {
  for (const [operation, { method, role }] of Object.entries(routes))
    if (method === "POST" && operation !== "planRestore")
      expect(mayAct(role, "operator"), operation).toBe(true);
});
