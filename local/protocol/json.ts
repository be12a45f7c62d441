import { AwsError } from "../twin.ts";
import { text } from "./body.ts";
import type { Codec } from "./wire.ts";

/** AWS JSON 1.0 and 1.1: EventBridge, SQS, KMS and Secrets Manager. The operation is in `X-Amz-Target`; instants are epoch seconds. */
export const jsonCodec: Codec = async (request, perform) => {
  const operation = request.headers["x-amz-target"]?.split(".").at(-1) ?? "";
  const headers = { "content-type": request.headers["content-type"] ?? "application/x-amz-json-1.1" };
  try {
    const output = await perform(operation, JSON.parse((await text(request.body)) || "{}"));
    return { status: 200, headers, body: JSON.stringify(seconds(output ?? {})) };
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    const body = JSON.stringify({ __type: thrown.code, message: thrown.message, ...thrown.details });
    return { status: thrown.httpStatus, headers, body };
  }
};

/** An answer as the JSON protocols write it: instants in seconds since 1970 UTC, bytes in base64. */
export function seconds(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1_000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(seconds);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, seconds(member)]));
}
