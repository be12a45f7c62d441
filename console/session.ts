import type { ConsoleConfig } from "../functions/core/api/console.ts";

/** How somebody is signed in: the token that the API takes, for as long as the tab is open. */
type Session = { token: string; endsAt: number; endUrl?: string };

const name = "holdfast-session";
let ended: ((why: string) => void) | undefined;

/** The access token, if there is one that has not ended. */
export function token(): string | undefined {
  const session = read();
  return session && session.endsAt > Date.now() ? session.token : undefined;
}

/** Keeps a session. The tab's own storage: it survives a reload and no other tab or later visit sees it. */
export function keepSession(session: Session): void {
  sessionStorage.setItem(name, JSON.stringify(session));
}

/** Says who hears when the session ends. */
export function onSessionEnd(hear: (why: string) => void): void {
  ended = hear;
}

/** Forgets the session here. */
export function endSession(why: string): void {
  sessionStorage.removeItem(name);
  ended?.(why);
}

/** Forgets the session here and at the issuer, if that has a page for it. */
export function signOut({ signIn }: ConsoleConfig): void {
  const endUrl = read()?.endUrl;
  endSession("You are signed out.");
  if (!endUrl || !signIn) return;
  const url = new URL(endUrl);
  const here = `${location.origin}/`;
  // The standard's names, and Cognito's.
  url.searchParams.set("client_id", signIn.clientId);
  url.searchParams.set("post_logout_redirect_uri", here);
  url.searchParams.set("logout_uri", here);
  location.assign(url);
}

function read(): Session | undefined {
  const kept = sessionStorage.getItem(name);
  return kept ? (JSON.parse(kept) as Session) : undefined;
}
