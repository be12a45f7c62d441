import * as z from "zod/mini";
import { Problem } from "../core/problem.ts";
import type { World } from "../world.ts";
import type { Inspection } from "./inspect.ts";

/** A `manifest.json` beside archives: by file name, the digest (lower-case hex) and size in bytes of each. */
const Manifest = z.object({
  files: z.record(z.string(), z.object({ sha256: z.string(), sizeBytes: z.optional(z.number()) })),
});

/** No sidecar is larger: what is, is not read. */
const maxSidecarBytes = 1_048_576;

/**
 * Holds an archive to what its sidecars say: `<name>.sha256` as sha256sum writes it, or a `manifest.json` in its
 * folder. Gives the evidence, if there is any. Throws `Problem` damaged if a sidecar says otherwise.
 */
export async function compareWithSidecars(
  { objects }: World,
  bucket: string,
  key: string,
  found: Inspection,
): Promise<string | undefined> {
  const name = key.slice(key.lastIndexOf("/") + 1);
  const digest = await text(objects, bucket, `${key}.sha256`);
  if (digest !== undefined) {
    const expected = /^\\?([0-9a-f]{64})(\s|$)/i.exec(digest.trim())?.[1]?.toLowerCase();
    if (!expected)
      throw new Problem("damaged", `its sidecar ${name}.sha256 holds no SHA-256`, "Write the sidecar again.");
    hold(expected, found.sha256, `${name}.sha256`);
    return `Its SHA-256 is the one in ${name}.sha256.`;
  }
  const manifest = await text(objects, bucket, `${key.slice(0, key.lastIndexOf("/") + 1)}manifest.json`);
  if (manifest === undefined) return undefined;
  const entry = parseManifest(manifest).files[name];
  if (!entry) return undefined;
  hold(entry.sha256.toLowerCase(), found.sha256, "manifest.json");
  return "Its SHA-256 is the one in manifest.json.";
}

function hold(expected: string, real: string, where: string): void {
  if (expected === real) return;
  throw new Problem(
    "damaged",
    `its SHA-256 is ${real}, and ${where} says ${expected}`,
    "Write the archive again.",
  );
}

function parseManifest(manifest: string): z.infer<typeof Manifest> {
  try {
    return Manifest.parse(JSON.parse(manifest));
  } catch (thrown) {
    throw new Problem(
      "damaged",
      "the manifest.json beside it cannot be read",
      "Write the manifest again.",
      thrown,
    );
  }
}

async function text(objects: World["objects"], bucket: string, key: string): Promise<string | undefined> {
  const head = await objects.head({ bucket, key });
  if (!head || head.sizeBytes > maxSidecarBytes) return undefined;
  const pieces: Buffer[] = [];
  for await (const chunk of await objects.open({ bucket, key })) pieces.push(chunk as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
