import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localAudience, openIssuer } from "../../local/issuer.ts";

let issuer: Awaited<ReturnType<typeof openIssuer>>;
const server = createServer((request, response) => void issuer.handle(request, response));
const redirect = "http://localhost:8081/signed-in";
const client: oauth.Client = { client_id: "holdfast-console" };
const insecure = { [oauth.allowInsecureRequests]: true };
let discovered: oauth.AuthorizationServer;

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  issuer = await openIssuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const url = new URL(issuer.issuer);
  discovered = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure));
});

afterAll(() => void server.close());

/** A person chooses; gives where the browser is sent. */
async function choose(person: string, more: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({
    response_type: "code",
    code_challenge_method: "S256",
    redirect_uri: redirect,
    ...more,
    person,
  });
  return fetch(discovered.authorization_endpoint ?? "", { method: "POST", body, redirect: "manual" });
}

/** The code flow as a browser goes through it; gives what the token endpoint answered. */
async function signIn(person: string, verifier = oauth.generateRandomCodeVerifier()) {
  const code_challenge = await oauth.calculatePKCECodeChallenge(verifier);
  const sent = await choose(person, { code_challenge, state: "here", nonce: "once" });
  const back = new URL(sent.headers.get("location") ?? "");
  const callback = oauth.validateAuthResponse(discovered, client, back, "here");
  const exchange = (with_: string) =>
    oauth.authorizationCodeGrantRequest(
      discovered,
      client,
      oauth.None(),
      callback,
      redirect,
      with_,
      insecure,
    );
  return { exchange, verifier };
}

describe("a standard client", () => {
  test("signs in with code and PKCE, and gets a token of the chosen group for the audience", async () => {
    const { exchange, verifier } = await signIn("operator");
    const tokens = await oauth.processAuthorizationCodeResponse(
      discovered,
      client,
      await exchange(verifier),
      { expectedNonce: "once" },
    );
    const keys = createRemoteJWKSet(new URL(discovered.jwks_uri ?? ""));
    const { payload } = await jwtVerify(tokens.access_token, keys, {
      issuer: issuer.issuer,
      audience: localAudience,
    });
    expect(payload).toMatchObject({ sub: "operator", "cognito:groups": ["holdfast-operator"] });
  });

  test("cannot exchange a code with another verifier, nor twice", async () => {
    const { exchange, verifier } = await signIn("admin");
    expect((await exchange(oauth.generateRandomCodeVerifier())).status).toBe(400);
    expect((await exchange(verifier)).status).toBe(400);
    const other = await signIn("admin");
    expect((await other.exchange(other.verifier)).status).toBe(200);
    expect((await other.exchange(other.verifier)).status).toBe(400);
  });
});

test("sends nobody away from this machine", async () => {
  const code_challenge = await oauth.calculatePKCECodeChallenge("v".repeat(43));
  for (const redirect_uri of [
    "https://evil.example/signed-in",
    "http://localhost.evil.example/",
    "javascript:alert(1)",
    "",
  ]) {
    const sent = await choose("viewer", { code_challenge, redirect_uri });
    expect(sent.status, redirect_uri).toBe(400);
  }
});

test("demands PKCE", async () => {
  const query = new URLSearchParams({ response_type: "code", redirect_uri: redirect });
  expect((await fetch(`${discovered.authorization_endpoint}?${query}`)).status).toBe(400);
});

test("writes what came with a request as text into its page", async () => {
  const query = new URLSearchParams({
    ...{ response_type: "code", code_challenge_method: "S256", code_challenge: "c", redirect_uri: redirect },
    state: '"><script>alert(1)</script>',
  });
  const page = await (await fetch(`${discovered.authorization_endpoint}?${query}`)).text();
  expect(page).toContain("&quot;&gt;&lt;script&gt;");
  expect(page).not.toContain("<script>");
});

test("lets pages of this machine, and no others, read its answers", async () => {
  const ask = async (origin: string) =>
    (await fetch(`${issuer.issuer}/.well-known/openid-configuration`, { headers: { origin } })).headers.get(
      "access-control-allow-origin",
    );
  expect(await ask("http://localhost:8081")).toBe("http://localhost:8081");
  expect(await ask("https://evil.example")).toBeNull();
});
