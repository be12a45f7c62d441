import type { Readable } from "node:stream";

/** An HTTP request as the stand-in's server hands it to a service's codec. */
export type WireRequest = {
  method: string;
  /** Raw and still percent-encoded, without the query; a bucket in the host name has been left in `headers.host`. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  body: Readable;
  /** The region that the caller signed for. */
  region: string;
};

/** An HTTP answer. */
export type WireResponse = {
  status: number;
  headers: Record<string, string>;
  body?: string | Uint8Array | Readable;
};

/**
 * One wire protocol: reads the request, calls `perform` with the operation's name and its input in the SDK's
 * shape, and writes its output. Answers an `AwsError` in the protocol's own form; anything else is thrown on.
 */
export type Codec = (
  request: WireRequest,
  perform: (operation: string, input: Record<string, unknown>) => Promise<unknown>,
) => Promise<WireResponse>;
