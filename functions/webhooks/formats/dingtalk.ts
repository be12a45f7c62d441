import { createHmac } from "node:crypto";
import { type Form, jsonPost, numberIn } from "../form.ts";
import { fitted } from "../words.ts";
import { markdownOf } from "./markdown.ts";
import { quote } from "./quote.ts";

/**
 * DingTalk's custom robots: Markdown, of at most 20,000 bytes a message. With a secret the address carries a timestamp in
 * milliseconds and the HMAC-SHA256 of `<timestamp>\n<secret>` under the secret (DingTalk open platform, custom robots).
 */
export const dingtalk: Form = {
  write(notice, { url, key }, now) {
    const body = fitted(notice, 18_000, (words) =>
      JSON.stringify({
        msgtype: "markdown",
        markdown: { title: quote(words.title), text: markdownOf(words, "\n\n") },
        at: { atMobiles: [], atUserIds: [], isAtAll: false },
      }),
    );
    return jsonPost(key ? signed(url, key, now) : url, body);
  },
  judge(body) {
    const code = numberIn(body, "errcode");
    if (code === 0) return { accepted: true };
    const reason = `it answered with errcode ${code ?? "missing"}`;
    // 130101: more than 20 a minute; the robot is then closed for ten. -1: the system is busy.
    if (code === 130101) return { accepted: false, retry: true, afterSeconds: 600, reason };
    return { accepted: false, retry: code === -1 || code === undefined, reason };
  },
};

function signed(address: string, key: string, now: Date): string {
  const timestamp = String(now.getTime());
  const url = new URL(address);
  url.searchParams.set("timestamp", timestamp);
  url.searchParams.set("sign", createHmac("sha256", key).update(`${timestamp}\n${key}`).digest("base64"));
  return url.href;
}
