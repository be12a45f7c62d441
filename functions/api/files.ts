import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { ConsoleConfig, type ConsoleFile, ConsoleFiles } from "../core/api/console.ts";

/** What is asked for: a path, and headers by their names in lower case. */
export type FileRequest = { path: string; headers: Record<string, string | undefined> };

/**
 * The console's files, from the folder `console` beside the function's code, and its `/config.json`. Paths are looked
 * up in the list that the build wrote, so that no path reaches the disk; every other path is a page of the console,
 * which finds its way by itself.
 */
export function consoleFiles(folder: string, config: ConsoleConfig) {
  const list = ConsoleFiles.parse(JSON.parse(readFileSync(join(folder, "files.json"), "utf8")));
  const page = list["/"];
  const safe = securityHeaders(config);
  const read = new Map<string, string>();

  /** Read once by each warm function. */
  function bodyOf(file: string): string {
    const body = read.get(file) ?? readFileSync(join(folder, file)).toString("base64");
    read.set(file, body);
    return body;
  }

  return ({ path, headers }: FileRequest): APIGatewayProxyStructuredResultV2 => {
    if (path === "/config.json") {
      const body = JSON.stringify(ConsoleConfig.parse(config));
      return {
        statusCode: 200,
        headers: { ...safe, "content-type": "application/json", "cache-control": "no-store" },
        body,
      };
    }
    const file = Object.hasOwn(list, path) ? list[path] : path.startsWith("/assets/") ? undefined : page;
    if (!file) {
      const text = { ...safe, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
      return { statusCode: 404, headers: text, body: "There is no such file; load the page again.\n" };
    }
    const common = {
      ...safe,
      etag: file.etag,
      vary: "accept-encoding",
      "cache-control": file.forever ? "public, max-age=31536000, immutable" : "no-cache",
    };
    if (headers["if-none-match"]?.includes(file.etag)) return { statusCode: 304, headers: common };
    const encoding = encodingFor(file, headers["accept-encoding"] ?? "");
    return {
      statusCode: 200,
      headers: { ...common, "content-type": file.type, ...(encoding && { "content-encoding": encoding }) },
      body: bodyOf(encoding ? `${file.file}.${encoding === "br" ? "br" : "gz"}` : file.file),
      isBase64Encoded: true,
    };
  };
}

function encodingFor(file: ConsoleFile, accepted: string): "br" | "gzip" | undefined {
  const names = accepted
    .toLowerCase()
    .split(",")
    .map((part) => part.trim().split(/\s*;\s*q=/))
    .filter(([, q]) => q === undefined || Number(q) > 0)
    .map(([name]) => name);
  return file.encodings.find((encoding) => names.includes(encoding));
}

/**
 * Nothing inline, nothing of anybody else's, and no text that becomes markup: Trusted Types without any policy refuse
 * whatever would be written to innerHTML. Only the issuer is spoken to besides.
 */
function securityHeaders({ signIn }: ConsoleConfig): Record<string, string> {
  const origins = signIn ? [new URL(signIn.issuer).origin, ...(signIn.origins ?? [])] : [];
  const policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": ["'self'", ...origins].join(" "),
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
  };
  return {
    "content-security-policy": Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "strict-transport-security": "max-age=31536000",
  };
}
