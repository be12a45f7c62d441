import * as z from "zod/mini";
import type { HttpChannel } from "../core/environment.ts";
import { Problem } from "../core/problem.ts";
import type { Target } from "./form.ts";

const WithKey = z.union([
  z.strictObject({ url: z.string(), sign: z.optional(z.string()) }),
  z.strictObject({ key: z.string(), url: z.optional(z.string()) }),
]);

/** Shorter keys can be tried out. */
const leastKeyChars = 16;

const pagerDutyUrl = "https://events.pagerduty.com/v2/enqueue";

/**
 * What a channel's secret says. Throws `Problem` invalid, which never has a letter of the secret in it, when it does not
 * say what a channel of this kind needs.
 */
export function readTarget(channel: HttpChannel, secret: string): Target {
  const text = secret.trim();
  const wrong = (what: string, fix: string) =>
    new Problem("invalid", `the secret ${channel.secret} holds ${what}`, fix);
  if (channel.kind === "webhook") {
    if (text.length >= leastKeyChars) return { url: channel.url, key: text };
    throw wrong(
      `a key of less than ${leastKeyChars} characters`,
      "Store 32 random bytes in hex as its text.",
    );
  }
  const { url, key } = parsed(text, channel.kind === "pagerDuty");
  if (channel.kind === "pagerDuty") {
    if (key && /^[A-Za-z0-9_-]{20,64}$/.test(key)) return { url: https(url ?? pagerDutyUrl), key };
    throw wrong("no integration key", "Store the key of an Events API v2 integration as its text.");
  }
  if (!url) throw wrong("no address", "Store the robot's address as its text.");
  return { url: https(url), ...(key ? { key } : {}) };

  function https(address: string): string {
    const { protocol, username } = URL.canParse(address) ? new URL(address) : { protocol: "", username: "" };
    if (protocol === "https:" && username === "") return address;
    throw wrong("an address that is not https", "Store an address that begins with https:// as its text.");
  }
}

/** The text alone is an address, or PagerDuty's key; with more to say it is JSON (docs/webhooks.md). */
function parsed(text: string, keyAlone: boolean): { url?: string | undefined; key?: string | undefined } {
  if (!text.startsWith("{")) return keyAlone ? { key: text } : { url: text };
  try {
    const said = WithKey.parse(JSON.parse(text));
    return "key" in said ? said : { url: said.url, key: said.sign };
  } catch {
    // What zod or JSON say of it would quote the secret.
    return {};
  }
}
