import { createHash } from "node:crypto";
import type { HttpAnswer } from "./event.ts";

const style =
  "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:10vh auto;padding:0 1rem;color-scheme:light dark}button,input{font:inherit;padding:.6rem 1rem}input{letter-spacing:.1em}li{margin:.5rem 0}";

/** Nothing runs here, nothing comes from elsewhere, nobody frames it, and its one form goes back to it. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A page of sentences, with a form where `form` is given. Everything that is not ours is escaped here. */
export function page(
  statusCode: number,
  title: string,
  sentences: readonly string[],
  form?: { action: string; button: string; asksForCode?: boolean },
): HttpAnswer {
  const input = form?.asksForCode
    ? '<p><label>The code of the message <input name="code" required maxlength="40" autocomplete="off" autofocus></label></p>'
    : "";
  const asked = form
    ? `<form method="post" action="${escaped(form.action)}">${input}<p><button>${escaped(form.button)}</button></p></form>`
    : "";
  const list = sentences.map((one) => `<li>${escaped(one)}</li>`).join("");
  return {
    statusCode,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": policy,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "strict-transport-security": "max-age=31536000",
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${escaped(title)}</title><style>${style}</style></head><body><main><h1>${escaped(title)}</h1>${list ? `<ul>${list}</ul>` : ""}${asked}</main></body></html>`,
  };
}

/** A text that is text in HTML wherever it stands, and nothing else. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
