import { createHash, timingSafeEqual } from "node:crypto";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";

/** A request as its signature covers it. Names of headers are in lower case; `path` and `query` are as they came. */
export type Signable = {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: Buffer;
};

/** For what a request is signed. */
export type Scope = { service: string; region: string };

/** An access key with its secret. */
export type AccessKey = { accessKeyId: string; secretAccessKey: string };

/** The clocks of who signs and who verifies may differ by so much (IAM user guide, signature version 4). */
const skewMs = 5 * 60_000;

/** The headers of a request with a signature that covers all of them, as a client sends it. */
export async function signed(
  request: Signable,
  scope: Scope,
  key: AccessKey,
  at = new Date(),
): Promise<Record<string, string>> {
  return (await sign(request, scope, key, at)).headers;
}

/**
 * Whose access key has signed a request for a service in a region, if the signature is right: made with that key's
 * secret, over this method, path, query, body and every header that it names, minutes ago at most.
 */
export async function signerOf(
  request: Signable,
  scope: Scope,
  secretOf: (accessKeyId: string) => string | undefined,
): Promise<string | undefined> {
  const { authorization = "", "x-amz-date": date = "", ...headers } = request.headers;
  const [, accessKeyId = "", day, region, service, list = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=([^,/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  const names = list.split(";");
  const secretAccessKey = secretOf(accessKeyId);
  const at = dateOf(date);
  if (secretAccessKey === undefined || !at || !date.startsWith(day ?? "-")) return undefined;
  if (Math.abs(Date.now() - at.getTime()) > skewMs) return undefined;
  if (region !== scope.region || service !== scope.service) return undefined;
  if (!names.includes("host")) return undefined;
  // A client may say the digest of the body; what is signed then is what it says.
  const said = headers["x-amz-content-sha256"];
  if (said !== undefined && said !== createHash("sha256").update(request.body).digest("hex"))
    return undefined;
  const covered = Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
  const again = await sign({ ...request, headers: covered }, scope, { accessKeyId, secretAccessKey }, at);
  const right = /SignedHeaders=([^,]+), Signature=(.+)$/.exec(again.headers.authorization ?? "");
  if (right?.[1] !== list) return undefined;
  return timingSafeEqual(Buffer.from(right[2] ?? ""), Buffer.from(signature)) ? accessKeyId : undefined;
}

function sign(request: Signable, { service, region }: Scope, credentials: AccessKey, signingDate: Date) {
  const signer = new SignatureV4({
    service,
    region,
    credentials,
    sha256: Hash.bind(null, "sha256"),
    applyChecksum: false,
  });
  const { method, path, headers, body } = request;
  const { host = "" } = headers;
  return signer.sign(
    { method, path, protocol: "https:", hostname: host, headers, query: queryOf(request.query), body },
    // Whoever signs names the headers; no name is left out because a proxy might change it.
    { signingDate, signableHeaders: new Set(Object.keys(headers)) },
  );
}

function dateOf(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** A plus is a plus to a signature, unlike to a form. */
function queryOf(text: string): Record<string, string[]> {
  const query = new Map<string, string[]>();
  for (const pair of text.split("&").filter(Boolean)) {
    const [name = "", ...value] = pair.split("=");
    query.set(decoded(name), [...(query.get(decoded(name)) ?? []), decoded(value.join("="))]);
  }
  return Object.fromEntries(query);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
