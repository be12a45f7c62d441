import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { issuerPath, type openIssuer } from "./issuer.ts";
import { cloudWatchCodec } from "./protocol/cloudwatch.ts";
import { jsonCodec } from "./protocol/json.ts";
import { lambdaCodec } from "./protocol/lambda-http.ts";
import { queryCodec } from "./protocol/query.ts";
import { schedulerCodec } from "./protocol/rest-json.ts";
import { s3Codec } from "./protocol/s3-http.ts";
import type { Codec } from "./protocol/wire.ts";
import type { ServiceName, Twin } from "./twin.ts";

const codecs: Partial<Record<ServiceName, Codec>> = {
  s3: s3Codec,
  rds: queryCodec,
  sns: queryCodec,
  sts: queryCodec,
  events: jsonCodec,
  sqs: jsonCodec,
  kms: jsonCodec,
  secretsmanager: jsonCodec,
  lambda: lambdaCodec,
  scheduler: schedulerCodec,
  monitoring: cloudWatchCodec,
};

type Issuer = Awaited<ReturnType<typeof openIssuer>>;

/** A server that is listening. */
export type Serving = { url: string; port: number; close(): Promise<void> };

/**
 * Serves the twin over HTTP, on loopback only: signatures are read, for the service, the region and who calls, but
 * not checked. `custom` answers paths that are no AWS call: CloudFormation's response URLs. `issuer` is who
 * answers below its own path, once there is one.
 */
export async function serve(
  twin: Twin,
  at: {
    port?: number;
    custom?: (path: string, body: string) => boolean;
    issuer?: () => Issuer | undefined;
  } = {},
): Promise<Serving> {
  const server = createServer((request, response) => {
    const issuer = request.url?.startsWith(`${issuerPath}/`) ? at.issuer?.() : undefined;
    const answering = issuer ? issuer.handle(request, response) : handle(twin, at.custom, request, response);
    answering.catch((thrown: unknown) => {
      console.error(thrown);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.on("checkContinue", (request, response) => {
    response.writeContinue();
    server.emit("request", request, response);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  twin: Twin,
  custom: ((path: string, body: string) => boolean) | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = "/", search = ""] = (request.url ?? "/").split("?", 2);
  if (path.startsWith("/_cloudformation/")) {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    response.writeHead(custom?.(path, Buffer.concat(pieces).toString()) ? 200 : 404).end();
    return;
  }
  const query = new URLSearchParams(search);
  const scope = /Credential=([^,/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(
    request.headers.authorization ?? `Credential=${query.get("X-Amz-Credential") ?? ""}`,
  );
  const [, principal = "anonymous", region = "us-east-1", service = "s3"] = scope ?? [];
  const codec = codecs[service as ServiceName];
  if (!codec) {
    response
      .writeHead(501, { "content-type": "application/json" })
      .end(JSON.stringify({ __type: "NotEmulated", message: `not emulated: ${service}` }));
    return;
  }
  const answer = await codec(
    {
      method: request.method ?? "GET",
      path,
      query,
      headers: request.headers as Record<string, string>,
      body: request,
      region,
    },
    (operation, input) => twin.call({ service: service as ServiceName, region, operation, input, principal }),
  );
  response.writeHead(answer.status, { "x-amzn-requestid": "0", "x-amz-request-id": "0", ...answer.headers });
  if (answer.body instanceof Readable) await pipeline(answer.body, response);
  else response.end(answer.body);
}
