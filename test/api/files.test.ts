import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { consoleFiles } from "../../functions/api/files.ts";
import { bundleConsole } from "../../infra/constructs/console.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-console-"));
const config = {
  environment: "prod",
  region: "eu-central-1",
  signIn: {
    issuer: "https://cognito-idp.eu-central-1.amazonaws.com/pool",
    clientId: "abc",
    scope: "openid",
    origins: ["https://acme.auth.example"],
  },
};
let files: ReturnType<typeof consoleFiles>;
const get = (path: string, headers: Record<string, string> = {}) => files({ path, headers });
const bytes = (answer: { body?: string | undefined }) => Buffer.from(answer.body ?? "", "base64");
const scriptPath = () => /src="([^"]+)"/.exec(String(bytes(get("/"))))?.[1] ?? "";

beforeAll(() => {
  bundleConsole(folder);
  files = consoleFiles(join(folder, "console"), config);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every page of the console is its one page, which is asked for anew each time", () => {
  for (const path of ["/", "/sources/orders", "/restores/orders-20261121t030512z", "/signed-in"]) {
    const answer = get(path);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
    });
  }
});

test("a page that is known already is not sent again", () => {
  const etag = String(get("/").headers?.etag);
  expect(get("/", { "if-none-match": `W/"other", ${etag}` })).toMatchObject({ statusCode: 304 });
  expect(get("/", { "if-none-match": '"other"' })).toMatchObject({ statusCode: 200 });
});

test("files with a digest in their names are kept for ever, and sent compressed as the browser can read them", () => {
  const plain = bytes(get(scriptPath()));
  const [br, gzip] = [
    get(scriptPath(), { "accept-encoding": "gzip, deflate, br" }),
    get(scriptPath(), { "accept-encoding": "gzip;q=1.0, br;q=0" }),
  ];
  expect(br.headers).toMatchObject({
    "content-encoding": "br",
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
  });
  expect(gzip.headers).toMatchObject({ "content-encoding": "gzip", vary: "accept-encoding" });
  expect(brotliDecompressSync(bytes(br)).equals(plain)).toBe(true);
  expect(gunzipSync(bytes(gzip)).equals(plain)).toBe(true);
  expect(bytes(br).length).toBeLessThan(plain.length);
});

test("no path leaves the list of files", () => {
  for (const path of [
    "/assets/../../environment.json",
    "/assets/%2e%2e/files.json",
    "/assets/none.js",
    "/assets/__proto__",
  ])
    expect(get(path).statusCode, path).toBe(404);
  for (const path of ["/files.json", "/environment.json", "/__proto__", "/../index.mjs"])
    expect(String(bytes(get(path))), path).toMatch(/^<!doctype html>/);
});

test("nothing inline may run, and nothing is spoken to but the API and the issuer", () => {
  const policy = String(get("/").headers?.["content-security-policy"]);
  expect(policy).not.toContain("unsafe");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).toContain(
    "connect-src 'self' https://cognito-idp.eu-central-1.amazonaws.com https://acme.auth.example;",
  );
  expect(String(bytes(get("/")))).not.toMatch(/<script>|style=|onload=/);
});

test("the console learns where to sign in, and nothing else", () => {
  const answer = get("/config.json");
  expect(answer.headers).toMatchObject({ "cache-control": "no-store", "content-type": "application/json" });
  expect(JSON.parse(answer.body ?? "")).toEqual(config);
});

test("the same sources give the same files", () => {
  const again = mkdtempSync(join(tmpdir(), "holdfast-console-"));
  bundleConsole(again);
  const listOf = (of: string) => readFileSync(join(of, "console", "files.json"), "utf8");
  expect(listOf(again)).toBe(listOf(folder));
  rmSync(again, { recursive: true });
});

test("all the script there is comes to less than 100 KB compressed, charts and sign-in included", () => {
  const list = JSON.parse(readFileSync(join(folder, "console", "files.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const scripts = Object.keys(list).filter((path) => path.endsWith(".js"));
  const total = scripts.reduce(
    (sum, path) => sum + bytes(get(path, { "accept-encoding": "gzip" })).length,
    0,
  );
  expect(scripts.length).toBeGreaterThan(2);
  expect(total).toBeLessThan(100 * 1_024);
});
