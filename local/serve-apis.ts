import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpApis } from "./http-apis.ts";
import type { Serving } from "./server.ts";

/** Serves one region's HTTP API, on loopback only. */
export async function serveApi(apis: HttpApis, at: { region: string; port: number }): Promise<Serving> {
  const server = createServer(async (request, response) => {
    try {
      const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const answer = await apis.answer(at.region, {
        method: request.method ?? "GET",
        path,
        query,
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(pieces),
        address: request.socket.remoteAddress ?? "",
      });
      response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length });
      response.end(request.method === "HEAD" ? undefined : answer.body);
    } catch (thrown) {
      console.error(thrown);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, "127.0.0.1", resolve);
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
