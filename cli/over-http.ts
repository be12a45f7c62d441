import { randomUUID } from "node:crypto";
import type { STSClient } from "@aws-sdk/client-sts";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import pRetry from "p-retry";
import { prefixes } from "../functions/core/api/paths.ts";
import { ProblemAnswer } from "../functions/core/api/route.ts";
import { type Operation, routes } from "../functions/core/api/routes.ts";
import { asProblem, Problem, type ProblemCode, problemCodes } from "../functions/core/problem.ts";
import type { Asker } from "./client.ts";

/** Where an API answers, who asks, and with what. */
export type Endpoint = {
  url: string;
  /** The region in whose name requests are signed. */
  region: string;
  credentials: STSClient["config"]["credentials"];
  fetch?: typeof fetch;
  /** Before the second try, and twice as long before each one after it. */
  pauseMs?: number;
};

/** Besides the first. Whoever is asked for who it is, is asked once: another region may answer. */
const repeats = 3;

/** What is over by itself in moments. A conflict is not: somebody has to decide what then. */
const passing = new Set<ProblemCode>(["throttled", "unavailable", "broken", "timeout"]);

const patienceMs = 35_000;

/** Whoever is asked first must not hold up what the other region's API can answer. */
const firstPatienceMs = 6_000;

/**
 * The API over HTTP: requests are signed for IAM, and each that changes something has an idempotency key of its own, by which
 * it is done once however often it is sent. What fails for the moment is sent again.
 */
export function overHttp({
  url,
  region,
  credentials,
  fetch: send = fetch,
  pauseMs = 1_000,
}: Endpoint): Asker {
  const signer = new SignatureV4({
    service: "execute-api",
    region,
    credentials,
    sha256: Hash.bind(null, "sha256"),
    applyChecksum: true,
  });
  const base = new URL(url);
  return {
    where: base.origin,
    async ask(operation, given = {}) {
      const { params = {}, query = {}, body = {} } = given as Record<string, Record<string, string>>;
      const { method, path } = routes[operation];
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(params[name] ?? ""),
      );
      const asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
      const request = {
        method,
        protocol: base.protocol,
        hostname: base.hostname,
        ...(base.port ? { port: Number(base.port) } : {}),
        path: `${prefixes.iam}${filled}`,
        query: asked,
        headers: {
          host: base.host,
          accept: "application/json",
          ...(method === "POST"
            ? { "content-type": "application/json", "idempotency-key": randomUUID() }
            : {}),
        },
        ...(method === "POST" ? { body: JSON.stringify(body) } : {}),
      };
      const search = new URLSearchParams(asked).toString().replaceAll("+", "%20");
      const address = `${base.origin}${request.path}${search ? `?${search}` : ""}`;
      const once = async () => {
        const { host: _, ...headers } = (await signer.sign(request)).headers;
        return read(operation, () =>
          send(address, {
            method,
            headers,
            redirect: "error",
            signal: AbortSignal.timeout(operation === "whoAmI" ? firstPatienceMs : patienceMs),
            ...(request.body === undefined ? {} : { body: request.body }),
          }),
        );
      };
      return pRetry(once, {
        retries: operation === "whoAmI" ? 0 : repeats,
        minTimeout: pauseMs,
        shouldRetry: ({ error }) => passing.has(asProblem(error).code),
      });
    },
  };
}

async function read(operation: Operation, answering: () => Promise<Response>) {
  let answer: Response;
  let text: string;
  try {
    answer = await answering();
    text = await answer.text();
  } catch (thrown) {
    // What changes something may have been done before the answer was lost.
    const again = routes[operation].method === "GET" ? "Try again" : "Look whether it was done, try again";
    const fix = `${again}, or go around it with --break-glass, which needs the vault and credentials only.`;
    throw new Problem("unavailable", `The API does not answer: ${whyUnheard(thrown)}`, fix, thrown);
  }
  const said: unknown = jsonIn(text);
  if (answer.ok && said !== undefined) return said as never;
  const problem = ProblemAnswer.safeParse(said);
  if (problem.success && Object.hasOwn(problemCodes, problem.data.code))
    throw new Problem(problem.data.code as ProblemCode, problem.data.detail, problem.data.fix);
  throw gatewayProblem(answer.status, operation);
}

/** fetch says only that it failed; its cause says why, some of Node's only by a code. */
function whyUnheard(thrown: unknown): string {
  const { message } = asProblem(thrown);
  const { cause } = thrown as { cause?: { message?: string; code?: string } };
  const why = cause?.message || cause?.code;
  return why ? `${message} (${why})` : message;
}

/** What API Gateway itself says is no document of ours. */
function gatewayProblem(status: number, operation: Operation): Problem {
  if (status === 401 || status === 403) {
    const fix = `Have the managed policy of the role ${routes[operation].role} attached, or use other credentials.`;
    return new Problem("access-denied", `The API refused ${operation}`, fix);
  }
  if (status === 429) return new Problem("throttled", "The API takes no more now", "Try again in a moment.");
  return new Problem("unavailable", `The API answered ${status}`, "Try again, or write --break-glass.");
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
