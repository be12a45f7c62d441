import { gzipSync } from "node:zlib";
import type { ApiWorld } from "../api-world.ts";
import { operationsByRoute } from "../core/api/paths.ts";
import { type Operation, routes } from "../core/api/routes.ts";
import { asProblem, Problem, type ProblemCode, problemCodes } from "../core/problem.ts";
import { type Call, logProblem } from "../glue.ts";
import { callerOf } from "./caller.ts";
import type { HttpAnswer, HttpEvent } from "./event.ts";
import { openAnswer } from "./open.ts";
import { inputOf, perform } from "./perform.ts";
import { late, problemAnswer } from "./problem.ts";

/** Bodies from this size on are worth their compression. */
const compressFromBytes = 4_096;

/** Larger bodies are refused before they are read. */
const maxBodyBytes = 262_144;

/** API Gateway waits for 30 seconds and says nothing of its own then: our answer has to be there before. */
const longestMs = 25_000;

/** So much of an invocation is left for its answer to be written and sent. */
const reserveMs = 2_000;

/** When whoever asks should ask again, in seconds; a try that took too long is given up after a minute. */
const retryAfterSeconds: Partial<Record<string, number>> = { conflict: 10, timeout: 60 };

/**
 * Answers one request, in time. Never throws: what goes wrong is a problem in the answer, and its cause is in the log.
 */
export async function answer(
  event: HttpEvent,
  world: ApiWorld,
  { remainingMs }: Pick<Call, "remainingMs">,
): Promise<HttpAnswer> {
  try {
    const ms = Math.min(longestMs, remainingMs() - reserveMs);
    return compressed(event, await within(ms, () => answerOf(event, world)));
  } catch (thrown) {
    const { requestId } = event.requestContext;
    const problem = problemAnswer(thrown, requestId);
    if (problem.status >= 500) logProblem(thrown, { requestId, route: event.routeKey });
    return {
      statusCode: problem.status,
      headers: {
        ...plain("application/problem+json"),
        ...(problemCodes[problem.code as ProblemCode].retryable
          ? { "retry-after": String(retryAfterSeconds[problem.code] ?? 5) }
          : {}),
      },
      body: JSON.stringify(problem),
    };
  }
}

async function answerOf(event: HttpEvent, world: ApiWorld): Promise<HttpAnswer> {
  const open = await openAnswer(event, world);
  if (open) return open;
  const operation = operationsByRoute.get(event.routeKey);
  if (!operation) throw new Problem("not-found", "There is nothing here", "See: /v1/openapi.json");
  return answerTo(operation, event, world);
}

/** What it comes to, or `Problem` timeout. Nobody hears any more of what comes after its time, not even that it failed. */
async function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const working = work();
  working.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), ms);
  });
  try {
    return await Promise.race([working, over]);
  } finally {
    clearTimeout(timer);
  }
}

async function answerTo(operation: Operation, event: HttpEvent, world: ApiWorld): Promise<HttpAnswer> {
  const { status, ...route } = routes[operation] as (typeof routes)[Operation] & { text?: string };
  const caller = callerOf(event, {
    environment: world.environment.name,
    rolesClaim: world.signIn?.rolesClaim ?? "cognito:groups",
  });
  const input = inputOf(operation, {
    params: decoded(event.pathParameters),
    query: event.queryStringParameters ?? {},
    body: route.method === "GET" ? {} : bodyOf(event),
  });
  const key = event.headers?.["idempotency-key"];
  const body = await perform(operation, input, world, caller, { key });
  if (route.text) return { statusCode: status, headers: plain(route.text), body: String(body) };
  return { statusCode: status, headers: plain("application/json"), body: JSON.stringify(body) };
}

/** API Gateway may hand parameters over as they came; no name of ours has a percent sign. */
function decoded(parameters: HttpEvent["pathParameters"] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      try {
        return [name, decodeURIComponent(value)];
      } catch {
        return [name, value];
      }
    }),
  );
}

function bodyOf({ body = "", isBase64Encoded, headers = {} }: HttpEvent): unknown {
  const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
  if (text === "") return {};
  if (Buffer.byteLength(text) > maxBodyBytes)
    throw new Problem("invalid", "The body is too long", `Send at most ${maxBodyBytes} bytes.`);
  const type = (headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json")
    throw new Problem("invalid", "The body is not said to be JSON", "Send content-type: application/json.");
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Problem("invalid", `The body is no JSON: ${asProblem(thrown).message}`, "Send JSON.");
  }
}

function plain(type: string): Record<string, string> {
  return { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff" };
}

function compressed({ headers = {} }: HttpEvent, given: HttpAnswer): HttpAnswer {
  const { body } = given;
  if (
    given.isBase64Encoded ||
    body.length < compressFromBytes ||
    !/\bgzip\b/.test(headers["accept-encoding"] ?? "")
  )
    return given;
  return {
    ...given,
    headers: { ...given.headers, "content-encoding": "gzip", vary: "accept-encoding" },
    body: gzipSync(body).toString("base64"),
    isBase64Encoded: true,
  };
}
