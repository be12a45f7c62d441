import * as z from "zod/mini";
import { asProblem, Problem } from "../core/problem.ts";
import type { World } from "../world.ts";
import { damaged } from "./bytes.ts";

/** A `manifest.json` beside archives: by file name, the digest (hex) and, if its writer likes, the size in bytes. */
const Manifest = z.object({
  files: z.record(
    z.string(),
    z.object({ sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/i)), sizeBytes: z.optional(z.number()) }),
  ),
});

/** No sidecar is larger: a manifest of 10,000 files is about 1 MiB. */
const maxSidecarBytes = 4 * 1024 ** 2;

/** What a sidecar says an archive's SHA-256 is (lower-case hex), and the sidecar's file name. */
export type Digest = { sha256: string; where: string };

/**
 * What the sidecars of an archive say of it: `<name>.sha256` as sha256sum writes it, else a `manifest.json` in its
 * folder; `undefined` where neither does. Throws `Problem` damaged for a sidecar that cannot be read.
 */
export async function promisedDigest(world: World, bucket: string, key: string): Promise<Digest | undefined> {
  const name = key.slice(key.lastIndexOf("/") + 1);
  const where = `${name}.sha256`;
  const digest = await text(world, bucket, `${key}.sha256`);
  if (digest !== undefined) {
    // sha256sum writes "<digest>  <name>", with a backslash in front if the name has one; a bare digest is common.
    const sha256 = /^\\?([0-9a-f]{64})(\s|$)/i.exec(digest.trim())?.[1]?.toLowerCase();
    if (!sha256) throw damaged(`its sidecar ${where} holds no SHA-256`);
    return { sha256, where };
  }
  const manifest = `${key.slice(0, key.lastIndexOf("/") + 1)}manifest.json`;
  const entry = (await readManifest(world, bucket, manifest))?.files[name];
  return entry && { sha256: entry.sha256.toLowerCase(), where: "manifest.json" };
}

/** The keys of the archives that a sidecar speaks of. */
export async function archivesOf(world: World, bucket: string, sidecar: string): Promise<string[]> {
  if (sidecar.endsWith(".sha256")) return [sidecar.slice(0, -".sha256".length)];
  if (!sidecar.endsWith("manifest.json")) return [];
  const folder = sidecar.slice(0, sidecar.lastIndexOf("/") + 1);
  try {
    const manifest = await readManifest(world, bucket, sidecar);
    return Object.keys(manifest?.files ?? {}).map((name) => `${folder}${name}`);
  } catch (thrown) {
    // Which archives a broken manifest speaks of nobody knows; each is told of it when it is read itself.
    if (asProblem(thrown).code === "damaged") return [];
    throw thrown;
  }
}

/** Holds a digest to what a sidecar promised; gives the evidence. Throws `Problem` damaged if they differ. */
export function holdTo({ sha256, where }: Digest, real: string): string {
  if (sha256 !== real) throw damaged(`its SHA-256 is ${real}, but ${where} says ${sha256}`);
  return `Its SHA-256 is the one in ${where}.`;
}

async function readManifest(world: World, bucket: string, key: string) {
  const manifest = await text(world, bucket, key);
  if (manifest === undefined) return undefined;
  try {
    return Manifest.parse(JSON.parse(manifest));
  } catch (thrown) {
    const fix = "Write it as docs/archives.md says, or remove it.";
    throw new Problem("damaged", "the manifest.json beside it cannot be read", fix, thrown);
  }
}

async function text({ objects }: World, bucket: string, key: string): Promise<string | undefined> {
  const head = await objects.head({ bucket, key });
  if (!head) return undefined;
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (head.sizeBytes > maxSidecarBytes) throw damaged(`${name} beside it is larger than any sidecar`);
  const pieces: Buffer[] = [];
  for await (const chunk of await objects.open({ bucket, key })) pieces.push(chunk as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
