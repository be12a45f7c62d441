import { HttpRequest } from "@smithy/core/protocols";

/** A call as it goes over the wire: what stands after the endpoint's own path, and what is sent besides. */
export type Wish = {
  method: "GET" | "HEAD" | "POST" | "PUT";
  path?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string;
};

/** What came back of a plain success. */
export type Answer = { headers: Record<string, string>; body: Uint8Array[] };

/** Where calls go, and how they are signed. */
export type Place = {
  base: { protocol: string; hostname: string; port?: number; path: string };
  host: string;
  sign(request: HttpRequest): Promise<HttpRequest>;
};

/** What clients of the SDK have in common here. Its types differ per client, and name what all of them have as what one has. */
export type PlainClient = {
  config: {
    requestHandler: {
      handle(request: HttpRequest): Promise<{
        response: {
          statusCode: number;
          headers: Record<string, string>;
          body?: AsyncIterable<Uint8Array> | undefined;
        };
      }>;
    };
  };
};

type Scheme = { name: string; signingRegion?: string; signingName?: string };
type Signer = {
  sign(
    request: HttpRequest,
    options: { signingDate: Date; signingRegion?: string; signingService?: string },
  ): Promise<unknown>;
};
type Endpoint = { url: URL; properties?: { authSchemes?: unknown } | undefined };

/**
 * Where an endpoint of the SDK's rules is. `undefined` for one that is signed in another way than by Signature Version 4.
 * `usual`: what is signed for where the rules do not say.
 */
export async function placeAt(
  client: PlainClient,
  { url, properties }: Endpoint,
  usual?: Required<Scheme>,
): Promise<Place | undefined> {
  const [named] = (properties?.authSchemes ?? []) as Scheme[];
  const scheme = named ?? usual;
  if (scheme?.name !== "sigv4") return undefined;
  const config = client.config as unknown as {
    signer(scheme: Scheme & { properties: object }): Promise<Signer>;
    systemClockOffset: number;
  };
  const signer = await config.signer({ ...scheme, properties: {} });
  const { protocol, hostname, port, pathname, host } = url;
  const path = pathname.endsWith("/") ? pathname : `${pathname}/`;
  const { signingRegion, signingName: signingService } = scheme;
  const signed = {
    ...(signingRegion ? { signingRegion } : {}),
    ...(signingService ? { signingService } : {}),
  };
  return {
    base: { protocol, hostname, path, ...(port ? { port: Number(port) } : {}) },
    host,
    sign: async (request) => {
      // The SDK keeps the offset of a clock that AWS refused.
      const signingDate = new Date(Date.now() + config.systemClockOffset);
      return HttpRequest.clone((await signer.sign(request, { signingDate, ...signed })) as HttpRequest);
    },
  };
}

/**
 * Sends one call without the SDK's twenty layers around it: signed by the client's own signer, over its own connections.
 * `undefined` for whatever is not a plain success; throws what the connection throws. Both are the SDK's to see for itself.
 */
export async function sendPlainly(
  client: PlainClient,
  { base, host, sign }: Place,
  { method, path = "", query = {}, headers = {}, body }: Wish,
): Promise<Answer | undefined> {
  const request = new HttpRequest({
    ...{ ...base, method, query },
    path: `${base.path}${path}`,
    headers: { ...headers, host },
    ...(body === undefined ? {} : { body }),
  });
  const { response } = await client.config.requestHandler.handle(await sign(request));
  // Read to its end even if it is of no use, or the connection is not free again.
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  return response.statusCode === 200 ? { headers: response.headers, body: chunks } : undefined;
}
