import { createHmac } from "node:crypto";
import { type Form, jsonPost, numberIn } from "../form.ts";
import { fitted, type Words } from "../words.ts";
import { quote } from "./quote.ts";

/**
 * The custom bots of Feishu and Lark: a "post" of lines, in which text is text, of at most 20 KB a request. With a secret the
 * request is signed: the HMAC-SHA256 of nothing under the key `<seconds>\n<secret>` (Feishu open platform, custom bots).
 */
export const feishu: Form = {
  write(notice, { url, key }, now) {
    const timestamp = String(Math.floor(now.getTime() / 1_000));
    const sign = key && createHmac("sha256", `${timestamp}\n${key}`).update("").digest("base64");
    const signed = sign ? { timestamp, sign } : {};
    return jsonPost(
      url,
      fitted(notice, 18_000, (words) => JSON.stringify({ ...signed, ...post(words) })),
    );
  },
  judge(body) {
    const code = numberIn(body, "code", "StatusCode");
    if (code === 0) return { accepted: true };
    const reason = `it answered with code ${code ?? "missing"}`;
    // 11232: too many in a short time. Feishu answers 200 to it too.
    return { accepted: false, retry: code === 11232 || code === undefined, reason };
  },
};

function post({ title, parts, footer, link }: Words) {
  const text = (data: string) => ({ tag: "text", text: quote(data) });
  const content = [
    ...parts.flatMap(({ head, fields }) => [
      ...(head ? [[text(head)]] : []),
      ...fields.map(([name, value]) => [text(name ? `${name}: ${value}` : value)]),
    ]),
    ...(link ? [[{ tag: "a", text: link.text, href: link.url }]] : []),
    [text(footer)],
  ];
  return { msg_type: "post", content: { post: { en_us: { title: quote(title), content } } } };
}
