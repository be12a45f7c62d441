import { type Form, jsonPost, numberIn } from "../form.ts";
import { fitted } from "../words.ts";
import { markdownOf } from "./markdown.ts";

/** WeCom's group robots: Markdown of at most 4,096 bytes of UTF-8 (WeCom developer centre, group robots). */
export const weCom: Form = {
  write: (notice, { url }) =>
    jsonPost(
      url,
      JSON.stringify({
        msgtype: "markdown",
        markdown: { content: fitted(notice, 4_096, (words) => markdownOf(words, "\n")) },
      }),
    ),
  judge(body) {
    const code = numberIn(body, "errcode");
    if (code === 0) return { accepted: true };
    const reason = `it answered with errcode ${code ?? "missing"}`;
    // 45009: more than 20 a minute. -1: the system is busy.
    return { accepted: false, retry: code === 45009 || code === -1 || code === undefined, reason };
  },
};
