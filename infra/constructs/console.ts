import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import type { ConsoleFile, ConsoleFiles } from "../../functions/core/api/console.ts";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Builds the console into `<folder>/console`, for the function that serves it: hashed names, each file compressed
 * beforehand, and `files.json`, the list of what is served. The same sources give the same bytes.
 */
export function bundleConsole(folder: string): void {
  const to = join(folder, "console");
  mkdirSync(join(to, "assets"), { recursive: true });
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: inConsole(""),
    entryPoints: ["main.tsx", "style/style.css", "icon.svg"],
    outdir: join(to, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: ["chrome123", "firefox120", "safari17.5"],
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".svg": "copy" },
    legalComments: "none",
    logLevel: "error",
    metafile: true,
    write: false,
  });
  const files: ConsoleFiles = {};
  const built = new Map(Object.entries(metafile.outputs).map(([out, about]) => [nameOf(out), about]));
  const entry = (source: string) => {
    const found = [...built].find(
      ([, { entryPoint, inputs }]) => (entryPoint ?? Object.keys(inputs)[0]) === source,
    );
    if (!found) throw new Error(`the console's build has no ${source}`);
    return found[0];
  };
  const main = entry("main.tsx");
  const first = [
    main,
    ...(built.get(main)?.imports ?? [])
      .filter(({ kind }) => kind === "import-statement")
      .map(({ path }) => nameOf(path)),
  ];
  const page = readFileSync(inConsole("index.html"), "utf8")
    .replace("{{icon}}", entry("icon.svg"))
    .replace("{{style}}", entry("style/style.css"))
    .replace("{{script}}", main)
    .replace(
      "{{preload}}",
      first
        .slice(1)
        .map((name) => `<link rel="modulepreload" href="/assets/${name}" />`)
        .join(""),
    );
  for (const { path, contents } of outputFiles) {
    const file = `assets/${nameOf(path)}`;
    files[`/${file}`] = keep(to, file, contents, true);
  }
  files["/"] = keep(to, "index.html", Buffer.from(page), false);
  writeFileSync(join(to, "files.json"), JSON.stringify(files));
}

/** Writes a file with its compressed forms, where they are smaller. */
function keep(to: string, file: string, contents: Uint8Array, forever: boolean): ConsoleFile {
  const compressed = { br: brotliCompressSync(contents), gzip: gzipSync(contents, { level: 9 }) };
  const encodings = (["br", "gzip"] as const).filter((one) => compressed[one].length < contents.length);
  writeFileSync(join(to, file), contents);
  if (encodings.includes("br")) writeFileSync(join(to, `${file}.br`), compressed.br);
  if (encodings.includes("gzip")) writeFileSync(join(to, `${file}.gz`), compressed.gzip);
  const etag = `"${createHash("sha256").update(contents).digest("hex").slice(0, 32)}"`;
  return { file, type: types[extname(file)] ?? "application/octet-stream", etag, forever, encodings };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function inConsole(file: string): string {
  return fileURLToPath(new URL(`../../console/${file}`, import.meta.url));
}
