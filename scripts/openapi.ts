import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { prefixes } from "../functions/core/api/paths.ts";
import type { Route } from "../functions/core/api/route.ts";
import { ProblemAnswer } from "../functions/core/api/route.ts";
import { type Operation, routes } from "../functions/core/api/routes.ts";

/** Where the document lies; the API serves it as it is. */
export const openApiFile = new URL("../docs/openapi.json", import.meta.url);

type Json = Record<string, unknown>;

/** The API's OpenAPI 3.1 document, from the schemas that parse its requests. */
export function openApi(): Json {
  const paths: Record<string, Json> = {};
  for (const [operation, route] of Object.entries(routes) as [Operation, Route][]) {
    const { method, path } = route;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(operation, route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version: (
        JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
      ).version,
      description:
        "What is protected, how well, and what can be done about it. Each region has an API of its own, which works when the other is lost. Whoever asks for something gets it under a name by which it can be followed.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [
      {
        url: prefixes.iam,
        description: "For the command line and automation: signed with AWS Signature Version 4.",
      },
      {
        url: prefixes.token,
        description: "For the console and Prometheus: with a token of the environment's issuer.",
      },
    ],
    security: [{ signature: [] }, { token: [] }],
    tags: [...new Set(Object.values(routes).map(({ path }) => tagOf(path)))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        signature: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description:
            "AWS Signature Version 4 for the service execute-api, by who has a role's managed policy.",
          "x-amazon-apigateway-authtype": "awsSigv4",
        },
        token: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
      },
      responses: {
        Problem: {
          description: "What is not right, and what to do (RFC 9457).",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
      schemas: { Problem: schemaOf(ProblemAnswer, "output") },
    },
  };
}

function operationOf(operation: Operation, route: Route): Json {
  const { method, path, role, summary, status, text } = route;
  const body = method === "POST" ? (schemaOf(route.body, "input") as { required?: string[] }) : undefined;
  const answer = text
    ? { [text.split(";")[0] as string]: { schema: { type: "string" } } }
    : { "application/json": { schema: schemaOf(route.answer, "output") } };
  return {
    operationId: operation,
    summary,
    description: `For the role ${role} and those above it.`,
    tags: [tagOf(path)],
    "x-holdfast-role": role,
    parameters: [
      ...parametersOf(route.params, "path"),
      ...parametersOf(route.query, "query"),
      ...(method === "POST" ? [idempotency] : []),
    ],
    ...(body
      ? {
          requestBody: {
            required: (body.required ?? []).length > 0,
            content: { "application/json": { schema: body } },
          },
        }
      : {}),
    responses: {
      [String(status)]: { description: status === 202 ? "It is asked for." : "As asked.", content: answer },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

const idempotency = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "Within a day the same request with the same key is done once and answered alike.",
  schema: { type: "string", minLength: 1, maxLength: 200, pattern: "^[!-~]+$" },
};

function parametersOf(schema: Route["params"], where: "path" | "query"): Json[] {
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: one,
  }));
}

function schemaOf(schema: z.ZodMiniType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return rest;
}

function tagOf(path: string): string {
  if (path.includes("/drills")) return "drills";
  if (path.includes("/points")) return "points";
  if (path.startsWith("/restore")) return "restores";
  return path.split("/")[1] as string;
}

/** The document as its file has it. */
export function openApiText(): string {
  return `${JSON.stringify(openApi(), null, 2)}\n`;
}
