import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that arrived. */
export type Received = { host: string; path: string; headers: IncomingMessage["headers"]; body: string };

/** How the receiver answers the next request. */
export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

/** A status with a body. */
export function status(code: number, body = "", headers: Record<string, string> = {}): Reply {
  return (response) => response.writeHead(code, headers).end(body);
}

/**
 * A real HTTP server in place of every https address. `replies` are used up one by one; the last one stays. `fetch` leads
 * there, and says in `host` where it was going.
 */
export async function receiver(...replies: [Reply, ...Reply[]]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const host = String(request.headers["x-was-for"]);
      received.push({ host, path: request.url ?? "", headers: request.headers, body });
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      reply?.(response, request);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const fetch: typeof globalThis.fetch = (input, init) => {
    const { host, pathname, search, protocol } = new URL(String(input));
    if (protocol !== "https:") throw new TypeError(`only https is posted to, not ${protocol}`);
    const headers = { ...(init?.headers as Record<string, string>), "x-was-for": host };
    return globalThis.fetch(`http://127.0.0.1:${port}${pathname}${search}`, { ...init, headers });
  };
  const close = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return {
    received,
    fetch,
    close,
    replyWith: (...next: Reply[]) => replies.splice(0, replies.length, ...next),
  };
}
