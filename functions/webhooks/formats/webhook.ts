import { createHmac } from "node:crypto";
import type { Notice } from "../../core/notice.ts";
import { type Form, jsonPost } from "../form.ts";

/**
 * Holdfast's own form, documented in docs/webhooks.md: the message as JSON, with the HMAC-SHA256 of `<timestamp>.<body>` in a
 * header, so that who receives it knows from whom it is and when.
 */
export const webhook: Form = {
  write(notice, { url, key = "" }, now) {
    const timestamp = String(Math.floor(now.getTime() / 1_000));
    const body = JSON.stringify(payload(notice));
    const signature = createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex");
    return jsonPost(url, body, {
      "holdfast-id": encodeURI(notice.id),
      "holdfast-timestamp": timestamp,
      "holdfast-signature": `v1=${signature}`,
    });
  },
};

function payload({ findings, more, link, ...notice }: Notice) {
  return {
    schema: 1,
    ...notice,
    findings: findings.map(({ finding, priority, ended }) => ({
      priority,
      ...finding,
      ...(ended ? { ended } : {}),
    })),
    more,
    ...(link ? { acknowledge: link } : {}),
  };
}
