import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { AccessControl } from "./iam.ts";
import { newId } from "./services/ids.ts";
import { principalArn } from "./services/sts.ts";
import { signerOf } from "./sigv4.ts";
import type { Twin } from "./twin.ts";

/** A request to an HTTP API. Names of headers are in lower case; `path` is as it came, without the query. */
export type ApiRequest = {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: Buffer;
  address: string;
};

/** Its answer. */
export type ApiAnswer = { status: number; headers: Record<string, string>; body: Buffer };

type Authorizer = { issuer: string; audience: string[] };
type Route = {
  key: string;
  method: string;
  pattern: RegExp;
  /** The larger, the later it is tried. */
  looseness: number;
  authorization: "AWS_IAM" | "JWT" | "NONE";
  authorizerId?: string;
  integrationId: string;
};
type HttpApi = { id: string; routes: Route[] };

/**
 * API Gateway's HTTP APIs, as far as the stacks use them: routes with parameters, IAM and JWT authorizers, Lambda
 * integrations with payload format 2.0 (developer guide). Signatures and tokens are verified.
 */
export class HttpApis {
  readonly #twin: Twin;
  readonly #access: AccessControl | undefined;
  readonly #apis = new Map<string, HttpApi>();
  readonly #integrations = new Map<string, string>();
  readonly #authorizers = new Map<string, Authorizer>();
  readonly #keys = new Map<string, JWTVerifyGetKey>();
  readonly #keysOf: (issuer: string) => Promise<JWTVerifyGetKey>;

  constructor(
    twin: Twin,
    access?: AccessControl,
    keysOf: (issuer: string) => Promise<JWTVerifyGetKey> = discoverKeys,
  ) {
    this.#twin = twin;
    this.#access = access;
    this.#keysOf = keysOf;
  }

  /** Puts up an API; one for each region is all that the stand-in serves. */
  addApi(region: string, id: string): void {
    this.#apis.set(region, { id, routes: [] });
  }

  addIntegration(id: string, functionArn: string): void {
    this.#integrations.set(id, functionArn);
  }

  addAuthorizer(id: string, authorizer: Authorizer): void {
    this.#authorizers.set(id, authorizer);
  }

  addRoute(
    region: string,
    route: { key: string; integrationId: string } & Pick<Route, "authorization" | "authorizerId">,
  ): void {
    const [method = "", path = ""] = route.key.split(" ");
    const parts = path.split(/(\{\w+\+?\})/).map((part) => {
      const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
      return name ? `(?<${name}>${greedy ? ".+" : "[^/]+"})` : RegExp.escape(part);
    });
    const pattern = new RegExp(`^${parts.join("")}$`);
    // A full match comes first, then parameters, then what takes all that is left (developer guide, routes).
    const looseness = (path.match(/\{\w+\}/g)?.length ?? 0) + (path.includes("+}") ? 1_000 : 0);
    const { routes } = this.#of(region);
    routes.push({ ...route, method, pattern, looseness });
    routes.sort((a, b) => a.looseness - b.looseness);
  }

  /** Answers one request of a region's API. */
  async answer(region: string, request: ApiRequest): Promise<ApiAnswer> {
    const api = this.#of(region);
    const route = api.routes.find(
      ({ method, pattern }) => method === request.method && pattern.test(request.path),
    );
    if (!route) return say(404, "Not Found");
    const authorizer = await this.#authorize(region, api, route, request);
    if (isAnswer(authorizer)) return authorizer;
    const event = eventOf(api, route, request, authorizer, this.#twin);
    const functionArn = this.#integrations.get(route.integrationId) ?? "";
    const call = { FunctionName: functionArn, Payload: JSON.stringify(event) };
    const ended = await this.#invoke(region, call).catch(() => undefined);
    if (!ended) return say(503, "Service Unavailable");
    const said = JSON.parse(Buffer.from(ended.Payload).toString());
    if (!ended.FunctionError) return answerOf(said);
    // A function that took too long did not answer; one that failed did.
    return said.errorType === "Sandbox.Timedout"
      ? say(503, "Service Unavailable")
      : say(500, "Internal Server Error");
  }

  #invoke(region: string, input: Record<string, unknown>) {
    const about = { service: "lambda", operation: "Invoke", principal: "apigateway.amazonaws.com" } as const;
    return this.#twin.call({ ...about, region, input }) as Promise<Invoked>;
  }

  #of(region: string): HttpApi {
    const api = this.#apis.get(region);
    if (!api) throw new Error(`there is no API in ${region}`);
    return api;
  }

  async #authorize(region: string, api: HttpApi, route: Route, request: ApiRequest) {
    if (route.authorization === "NONE") return {};
    return route.authorization === "JWT" ? this.#byToken(route, request) : this.#byIam(region, api, request);
  }

  async #byIam(region: string, api: HttpApi, request: ApiRequest): Promise<ApiAnswer | object> {
    const secretOf = (accessKey: string) => this.#access?.secretOf(accessKey);
    const key = await signerOf(request, { service: "execute-api", region }, secretOf);
    if (!key || !this.#access) return say(403, "Forbidden");
    const { method, path } = request;
    const userArn = principalArn(this.#twin.account, key);
    const resource = `arn:aws:execute-api:${region}:${this.#twin.account}:${api.id}/$default/${method}${path}`;
    if (!this.#access.permits(key, { action: "execute-api:Invoke", resource, context: {} }))
      return say(403, "Forbidden");
    return { iam: { accessKey: key, accountId: this.#twin.account, callerId: key, userArn, userId: key } };
  }

  async #byToken(route: Route, { headers }: ApiRequest): Promise<ApiAnswer | object> {
    const authorizer = this.#authorizers.get(route.authorizerId ?? "");
    const token = /^(?:Bearer )?([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(headers.authorization ?? "")?.[1];
    if (!token || !authorizer) return say(401, "Unauthorized");
    const { issuer, audience } = authorizer;
    try {
      const keys = this.#keys.get(issuer) ?? (await this.#keysOf(issuer));
      this.#keys.set(issuer, keys);
      // RSA alone, as API Gateway has it; a token without `aud` is held to its `client_id`.
      const { payload } = await jwtVerify(token, keys, { issuer, algorithms: ["RS256", "RS384", "RS512"] });
      const given = [payload.aud ?? payload.client_id ?? []].flat();
      if (!given.some((one) => audience.includes(String(one)))) return say(401, "Unauthorized");
      const claims = Object.fromEntries(
        Object.entries(payload).map(([name, value]) => [name, asText(value)]),
      );
      return { jwt: { claims, scopes: null } };
    } catch {
      return say(401, "Unauthorized");
    }
  }
}

/** The keys of an issuer, where its configuration says that they are. */
async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: keys } = (await answer.json()) as { jwks_uri: string };
  return createRemoteJWKSet(new URL(keys));
}

function isAnswer(given: object): given is ApiAnswer {
  return "status" in given;
}

/** A claim as the authorizer hands it over: a list in brackets, its members apart by blanks. */
function asText(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.join(" ")}]`
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
}

function eventOf(api: HttpApi, route: Route, request: ApiRequest, authorizer: object, twin: Twin) {
  const { method, path, query, headers, body, address } = request;
  const parameters = Object.entries(route.pattern.exec(path)?.groups ?? {});
  const asked = [...new URLSearchParams(query)];
  const together: Record<string, string> = {};
  for (const [name, value] of asked) together[name] = name in together ? `${together[name]},${value}` : value;
  const text = /^(text\/|application\/(json|x-www-form-urlencoded))/.test(
    headers["content-type"] ?? "text/plain",
  );
  const now = twin.clock.now();
  return {
    version: "2.0",
    routeKey: route.key,
    rawPath: path,
    rawQueryString: query,
    headers,
    ...(asked.length > 0 ? { queryStringParameters: together } : {}),
    ...(parameters.length > 0
      ? { pathParameters: Object.fromEntries(parameters.map(([name, value]) => [name, decoded(value)])) }
      : {}),
    requestContext: {
      accountId: Object.keys(authorizer).length > 0 ? twin.account : "anonymous",
      apiId: api.id,
      ...(Object.keys(authorizer).length > 0 ? { authorizer } : {}),
      domainName: headers.host ?? "",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: address, userAgent: headers["user-agent"] ?? "" },
      requestId: newId(),
      routeKey: route.key,
      stage: "$default",
      time: new Date(now).toUTCString(),
      timeEpoch: now,
    },
    ...(body.length > 0 ? { body: text ? body.toString() : body.toString("base64") } : {}),
    isBase64Encoded: body.length > 0 && !text,
  };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

type Invoked = { FunctionError?: string; Payload: Uint8Array };

type Given = {
  statusCode?: number;
  headers?: Record<string, unknown>;
  body?: string;
  isBase64Encoded?: boolean;
};

/** What is no answer of format 2.0 is the body of one. */
function answerOf(given: Given | null): ApiAnswer {
  if (given?.statusCode === undefined)
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(given)),
    };
  const { statusCode, headers = {}, body = "", isBase64Encoded = false } = given;
  return {
    status: statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

function say(status: number, message: string): ApiAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ message })),
  };
}
