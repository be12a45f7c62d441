import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { consoleFiles } from "../../functions/api/files.ts";
import { mayAct, ProblemAnswer, type Role } from "../../functions/core/api/route.ts";
import { type Answer, type Operation, routes } from "../../functions/core/api/routes.ts";
import { bundleConsole } from "../../infra/constructs/console.ts";
import { localAudience, openIssuer } from "../../local/issuer.ts";
import { answersAt } from "./answers.ts";

/** A request that was made of the API. */
export type Made = { operation: Operation; path: string; body: unknown; key?: string | undefined };

/** How a route is to answer instead: with something else, with a problem, or not yet. */
export type Instead = {
  answer?: unknown;
  problem?: { status: number; code: string; detail: string; fix: string };
  hang?: true;
};

/**
 * The console with an API behind it that answers what a test wants, so that states can be seen into which a real
 * environment does not come at will. What it answers is held to the contract's schemas, what it is asked as well, and
 * tokens to the local issuer.
 */
export async function pretendApi() {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-console-"));
  bundleConsole(folder);
  const issuerServer = createServer((request, response) => void issuer.handle(request, response));
  const issuer = await openIssuer(await listen(issuerServer, "127.0.0.1"));
  const files = consoleFiles(join(folder, "console"), {
    ...{ environment: "prod", region: "eu-central-1" },
    signIn: { issuer: issuer.issuer, clientId: "holdfast-console", scope: "openid" },
  });
  const keys = createRemoteJWKSet(new URL(`${issuer.issuer}/.well-known/jwks.json`));
  const instead = new Map<Operation, Instead>();
  const made: Made[] = [];

  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      console.error(thrown);
      response.writeHead(500).end();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://x");
    if (!pathname.startsWith("/web/v1/")) {
      const file = files({ path: pathname, headers: request.headers as Record<string, string> });
      response.writeHead(file.statusCode ?? 200, file.headers as Record<string, string>);
      response.end(file.isBase64Encoded ? Buffer.from(file.body ?? "", "base64") : file.body);
      return;
    }
    const role = await roleOf(request);
    const found = operationAt(request.method ?? "GET", pathname.slice("/web/v1".length));
    if (!role) return say(response, 401, { message: "Unauthorized" });
    if (!found) return say(response, 404, { message: "Not Found" });
    const { operation, params } = found;
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += piece;
    const route = routes[operation];
    route.params.parse(params);
    route.query.parse(Object.fromEntries(searchParams));
    const body = text ? route.body.parse(JSON.parse(text)) : undefined;
    made.push({
      operation,
      path: pathname,
      body,
      key: request.headers["idempotency-key"] as string | undefined,
    });
    if (!mayAct(role, route.role))
      return refuse(response, {
        status: 403,
        code: "access-denied",
        detail: `${operation} needs ${route.role}.`,
        fix: "Ask for it.",
      });
    const { answer: other, problem, hang } = instead.get(operation) ?? {};
    if (hang) return;
    if (problem) return refuse(response, problem);
    const usual = answersAt(Date.now())[operation];
    const said = other ?? (operation === "whoAmI" ? { ...(usual as Answer<"whoAmI">), role } : usual);
    say(response, route.status, route.answer.parse(said));
  }

  async function roleOf({ headers }: IncomingMessage): Promise<Role | undefined> {
    const token = headers.authorization?.replace(/^Bearer /, "") ?? "";
    const verified = await jwtVerify(token, keys, { issuer: issuer.issuer, audience: localAudience }).catch(
      () => undefined,
    );
    const [group] = (verified?.payload["cognito:groups"] as string[] | undefined) ?? [];
    return group?.replace("holdfast-", "") as Role | undefined;
  }

  const url = (await listen(server)).replace("127.0.0.1", "localhost");
  return {
    url,
    made,
    /** From now on a route answers this. */
    say: <O extends Operation>(operation: O, how: { answer: Answer<O> } | Omit<Instead, "answer">) =>
      void instead.set(operation, how),
    /** Everything answers as usual again. */
    reset: () => instead.clear(),
    close: () => {
      rmSync(folder, { recursive: true, force: true });
      for (const one of [server, issuerServer]) {
        one.close();
        one.closeAllConnections();
      }
    },
  };
}

function operationAt(
  method: string,
  path: string,
): { operation: Operation; params: Record<string, string> } | undefined {
  for (const [operation, route] of Object.entries(routes)) {
    const pattern = new RegExp(`^${route.path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
    const match = route.method === method && pattern.exec(path);
    if (!match) continue;
    const params = Object.entries(match.groups ?? {}).map(([name, value]) => [
      name,
      decodeURIComponent(value),
    ]);
    return { operation: operation as Operation, params: Object.fromEntries(params) };
  }
  return undefined;
}

function refuse(
  response: ServerResponse,
  { status, code, detail, fix }: NonNullable<Instead["problem"]>,
): void {
  const problem: ProblemAnswer = {
    type: `urn:holdfast:${code}`,
    title: `It is ${code}`,
    status,
    detail,
    code,
    fix,
  };
  say(response, status, ProblemAnswer.parse(problem), "application/problem+json");
}

function say(response: ServerResponse, status: number, body: unknown, type = "application/json"): void {
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

async function listen(server: ReturnType<typeof createServer>, host?: string): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, host, listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
