import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { choicePage, people } from "./issuer-page.ts";

/** Where the issuer lies on the server that serves it. */
export const issuerPath = "/_issuer";

/** What tokens are for. */
export const localAudience = "holdfast-local";

const lifeSeconds = 3_600;
const codeSeconds = 60;

/** A code that was given and can be exchanged once, by who knows the verifier, for who was chosen. */
type Grant = {
  person: keyof typeof people;
  redirectUri: string;
  challenge: string;
  nonce?: string;
  until: number;
};

/**
 * A small OpenID Connect issuer for one machine: authorization code with PKCE, and a page on which a person chooses to
 * be viewer, operator or admin. It asks for no password and answers loopback addresses only. Its key is made anew at
 * each start, so that no token outlives it. `url`: of the server that serves it.
 */
export async function openIssuer(url: string) {
  const issuer = `${url}${issuerPath}`;
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const kid = randomUUID();
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }] };
  const grants = new Map<string, Grant>();

  const sign = (claims: Record<string, unknown>, audience: string) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid, typ: "JWT" })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${lifeSeconds}s`)
      .sign(privateKey);

  /** An access token for one of the people, for tests that want no browser. */
  const tokenFor = (person: keyof typeof people) =>
    sign(
      { sub: person, name: people[person].name, "cognito:groups": [`holdfast-${person}`], jti: randomUUID() },
      localAudience,
    );

  /** The configuration that clients discover. */
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    end_session_endpoint: `${issuer}/end`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code"],
    code_challenge_methods_supported: ["S256"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["none"],
    authorization_response_iss_parameter_supported: true,
  };

  /** A person has chosen: back to the console with a code. */
  async function grant(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const person = form.get("person") ?? "";
    const wrong =
      wrongWith(form) ?? (Object.hasOwn(people, person) ? undefined : "person is not one of the three");
    if (wrong) return say(response, 400, { error: "invalid_request", error_description: wrong });
    const code = randomUUID();
    const redirectUri = form.get("redirect_uri") ?? "";
    const nonce = form.get("nonce");
    grants.set(code, {
      person: person as keyof typeof people,
      redirectUri,
      challenge: form.get("code_challenge") ?? "",
      ...(nonce && { nonce }),
      until: Date.now() + codeSeconds * 1_000,
    });
    const back = new URL(redirectUri);
    back.searchParams.set("code", code);
    back.searchParams.set("iss", issuer);
    if (form.has("state")) back.searchParams.set("state", form.get("state") ?? "");
    response.writeHead(303, { location: back.href }).end();
  }

  /** The exchange of a code: once, in time, with the verifier whose digest came first. */
  async function exchange(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const code = form.get("code") ?? "";
    const given = grants.get(code);
    grants.delete(code);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const good =
      given !== undefined &&
      form.get("grant_type") === "authorization_code" &&
      given.until > Date.now() &&
      given.redirectUri === form.get("redirect_uri") &&
      given.challenge === challenge;
    if (!good) return say(response, 400, { error: "invalid_grant" });
    const { person, nonce } = given;
    const identity = { sub: person, name: people[person].name, ...(nonce && { nonce }) };
    say(response, 200, {
      access_token: await tokenFor(person),
      id_token: await sign(identity, form.get("client_id") ?? localAudience),
      token_type: "Bearer",
      expires_in: lifeSeconds,
    });
  }

  return {
    issuer,
    tokenFor,
    /** Answers a request below `issuerPath`. */
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const asked = new URL(request.url ?? "/", url);
      const origin = request.headers.origin ?? "";
      if (isLoopback(origin)) response.setHeader("access-control-allow-origin", origin);
      const route = `${request.method} ${asked.pathname.slice(issuerPath.length)}`;
      switch (route) {
        case "GET /.well-known/openid-configuration":
          return say(response, 200, metadata);
        case "GET /.well-known/jwks.json":
          return say(response, 200, jwks);
        case "GET /authorize": {
          const wrong = wrongWith(asked.searchParams);
          if (wrong) return say(response, 400, { error: "invalid_request", error_description: wrong });
          response.writeHead(200, {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
          });
          response.end(choicePage(`${issuer}/authorize`, asked.searchParams));
          return;
        }
        case "POST /authorize":
          return grant(await formOf(request), response);
        case "POST /token":
          return exchange(await formOf(request), response);
        case "GET /end": {
          const back = asked.searchParams.get("post_logout_redirect_uri") ?? "";
          if (isLoopback(back)) response.writeHead(303, { location: back }).end();
          else say(response, 200, { signed: "out" });
          return;
        }
        default:
          say(response, 404, { error: "not_found" });
      }
    },
  };
}

/** What is wrong with a request for a code, if anything. */
function wrongWith(query: URLSearchParams): string | undefined {
  if (query.get("response_type") !== "code") return "response_type is not code";
  if (query.get("code_challenge_method") !== "S256" || !query.get("code_challenge"))
    return "there is no PKCE";
  if (!isLoopback(query.get("redirect_uri") ?? "")) return "redirect_uri is not on this machine";
  return undefined;
}

function isLoopback(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname ?? "");
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  return new URLSearchParams(text);
}

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
