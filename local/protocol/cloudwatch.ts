import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { cbor, dateToTag } from "@smithy/core/cbor";
import { AwsError } from "../twin.ts";
import { jsonCodec } from "./json.ts";
import type { Codec } from "./wire.ts";

const shapes = "com.amazonaws.cloudwatch#";

/**
 * CloudWatch speaks two protocols here: AWS JSON 1.0, which the SDK for JavaScript sends, and Smithy RPC v2 in CBOR, which
 * the aws command sends. Either may come compressed.
 */
export const cloudWatchCodec: Codec = async (request, perform) => {
  const packed = request.headers["content-encoding"] === "gzip";
  const body = packed ? request.body.pipe(createGunzip()) : request.body;
  if (request.headers["smithy-protocol"] === "rpc-v2-cbor") return cborCodec({ ...request, body }, perform);
  let queryError: Record<string, string> = {};
  const answer = await jsonCodec({ ...request, body }, async (operation, input) => {
    try {
      return await perform(operation, input);
    } catch (thrown) {
      if (!(thrown instanceof AwsError)) throw thrown;
      queryError = queryCompatible(thrown);
      throw new AwsError(`${shapes}${thrown.code}`, thrown.message, thrown.httpStatus, thrown.details);
    }
  });
  return { ...answer, headers: { ...answer.headers, ...queryError } };
};

const cborCodec: Codec = async (request, perform) => {
  const operation = request.path.split("/").at(-1) ?? "";
  const headers = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
  const pieces: Buffer[] = [];
  for await (const piece of Readable.from(request.body)) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces);
  try {
    const input = body.length > 0 ? plain(cbor.deserialize(body)) : {};
    const output = await perform(operation, input as Record<string, unknown>);
    return { status: 200, headers, body: Buffer.from(cbor.serialize(tagged(output ?? {}))) };
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    const body = cbor.serialize({ __type: `${shapes}${thrown.code}`, message: thrown.message });
    return {
      status: thrown.httpStatus,
      headers: { ...headers, ...queryCompatible(thrown) },
      body: Buffer.from(body),
    };
  }
};

/** The error's name in the older query protocol, which clients of before go by (Smithy, awsQueryCompatible). */
function queryCompatible({ code, httpStatus }: AwsError): Record<string, string> {
  const older =
    code === "MissingRequiredParameterException"
      ? "MissingParameter"
      : code.replace(/(Exception|Fault)$/, "");
  return { "x-amzn-query-error": `${older};${httpStatus < 500 ? "Sender" : "Receiver"}` };
}

/** Instants are epoch seconds under tag 1 (RFC 8949). */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if ("tag" in value && "value" in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

function tagged(value: unknown): unknown {
  if (value instanceof Date) return dateToTag(value);
  if (Array.isArray(value)) return value.map(tagged);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([name, member]) => [name, tagged(member)]));
}
