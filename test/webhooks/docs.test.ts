import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { expect, test } from "vitest";
import { noticeOf } from "../../functions/core/notice.ts";
import { webhook } from "../../functions/webhooks/formats/webhook.ts";
import { raised } from "../messages/place.ts";
import { ownMessage } from "./schemas.ts";

const page = readFileSync(new URL("../../docs/webhooks.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, text]) => ({
  language,
  text: text ?? "",
}));

const key = "4f3c2b1a4f3c2b1a4f3c2b1a4f3c2b1a";
const now = new Date("2026-11-21T12:00:00Z");
const at = now.toISOString();

/** The function that the page gives its readers. */
async function verifier(): Promise<(headers: object, body: string, key: string, nowMs: number) => boolean> {
  const code = blocks.filter(({ language }) => language === "ts").at(-1)?.text ?? "";
  const module = `data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(code))}`;
  return (await import(/* @vite-ignore */ module)).isHoldfast;
}

test("what docs/webhooks.md verifies with takes what is sent, and nothing that was changed or is old", async () => {
  const isHoldfast = await verifier();
  const teller = { environment: "prod", region: "eu-west-1", severity: "page", at } as const;
  const { headers, body } = webhook.write(
    noticeOf("s", "t", raised, teller),
    { url: "https://a.example", key },
    now,
  );

  expect(isHoldfast(headers, body, key, now.getTime())).toBe(true);
  expect(isHoldfast(headers, body.replace("prod", "dev"), key, now.getTime())).toBe(false);
  expect(isHoldfast(headers, body, `${key}0`, now.getTime())).toBe(false);
  expect(isHoldfast(headers, body, key, now.getTime() + 301_000)).toBe(false);
  expect(isHoldfast({ ...headers, "holdfast-signature": "v1=" }, body, key, now.getTime())).toBe(false);
  expect(isHoldfast({}, body, key, now.getTime())).toBe(false);
});

test("the message that docs/webhooks.md shows is one", () => {
  const shown = blocks.find(({ language }) => language === "json")?.text ?? "";
  expect(ownMessage.parse(JSON.parse(shown))).toMatchObject({ kind: "raised" });
});
