import * as oauth from "oauth4webapi";
import type { ConsoleConfig } from "../functions/core/api/console.ts";
import { keepSession } from "./session.ts";

type SignIn = NonNullable<ConsoleConfig["signIn"]>;

/** What must be remembered while the issuer has the browser. */
type Pending = { verifier: string; state: string; nonce: string; back: string };

const name = "holdfast-sign-in";
/** Where the issuer sends the browser back to; clients at the issuer are registered with it. */
const redirectUri = () => `${location.origin}/signed-in`;

/** Sends the browser to the issuer: authorization code with PKCE. `back`: the page to return to. */
export async function begin(signIn: SignIn, back: string): Promise<void> {
  const issuer = await discover(signIn);
  const pending: Pending = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    back,
  };
  sessionStorage.setItem(name, JSON.stringify(pending));
  if (!issuer.authorization_endpoint) throw new Error("The issuer says of no page to sign in on.");
  const url = new URL(issuer.authorization_endpoint);
  const query = {
    response_type: "code",
    client_id: signIn.clientId,
    redirect_uri: redirectUri(),
    scope: signIn.scope,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
    ...(signIn.audience && { audience: signIn.audience }),
  };
  for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value);
  location.assign(url);
}

/** Exchanges the code that the issuer sent the browser back with; gives the page to return to. */
export async function finish(signIn: SignIn): Promise<string> {
  const kept = sessionStorage.getItem(name);
  sessionStorage.removeItem(name);
  if (!kept) throw new Error("This tab did not ask to sign in.");
  const { verifier, state, nonce, back } = JSON.parse(kept) as Pending;
  const issuer = await discover(signIn);
  const client: oauth.Client = { client_id: signIn.clientId };
  const callback = oauth.validateAuthResponse(issuer, client, new URL(location.href), state);
  const answer = await oauth.authorizationCodeGrantRequest(
    ...([issuer, client, oauth.None(), callback, redirectUri(), verifier] as const),
    overLoopback(signIn),
  );
  const tokens = await oauth.processAuthorizationCodeResponse(issuer, client, answer, {
    expectedNonce: nonce,
  });
  const { end_session_endpoint: endUrl } = issuer;
  const endsAt = Date.now() + (tokens.expires_in ?? 3_600) * 1_000;
  keepSession({ token: tokens.access_token, endsAt, ...(endUrl && { endUrl }) });
  // Only a path of our own: what is kept in the tab must not send it elsewhere.
  return /^\/(?!\/|signed-in)/.test(back) ? back : "/";
}

async function discover(signIn: SignIn): Promise<oauth.AuthorizationServer> {
  const url = new URL(signIn.issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, overLoopback(signIn)));
}

/** Plain HTTP is for an issuer on this machine alone. */
function overLoopback({ issuer }: SignIn) {
  const { hostname } = new URL(issuer);
  return { [oauth.allowInsecureRequests]: hostname === "127.0.0.1" || hostname === "localhost" };
}
