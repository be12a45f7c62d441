import { asProblem } from "../core/problem.ts";
import { cut } from "../core/text.ts";
import type { DrillWorld } from "../drill-world.ts";
import { checksumNamed } from "../objects/checksum.ts";

/** What reading one object again told. `gone`: it was deleted meanwhile, as it may be. */
export type Reread = { bytes: number } & (
  | { what: "compared" | "onlyRead" | "unread" | "gone" }
  | { what: "damaged"; sentence: string }
);

/** Reads an object whole, piece by piece, and holds it to its size and to the checksum that S3 keeps of it. */
export async function readObject(world: DrillWorld, ref: { bucket: string; key: string }): Promise<Reread> {
  const head = await world.objects.head(ref);
  if (!head) return { what: "gone", bytes: 0 };
  const { sizeBytes, versionId, checksum = "" } = head;
  const [algorithm = "", kept] = [checksum.split(":")[0], checksum.slice(checksum.indexOf(":") + 1)];
  const sum = checksumNamed(algorithm);
  let bytes = 0;
  try {
    const content = await world.objects.open({ ...ref, ...(versionId ? { versionId } : {}) });
    for await (const piece of content) {
      bytes += piece.length;
      sum?.update(piece);
    }
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code === "not-found") return { what: "gone", bytes };
    if (problem.code === "unsupported") return { what: "unread", bytes };
    throw problem;
  }
  const name = cut(ref.key, 200);
  if (bytes !== sizeBytes) {
    const sentence = `the object "${name}" has ${bytes} bytes instead of ${sizeBytes}`;
    return { what: "damaged", bytes, sentence };
  }
  if (!sum) return { what: "onlyRead", bytes };
  const found = sum.digest();
  if (found === kept) return { what: "compared", bytes };
  const sentence = `the object "${name}" has the ${algorithm} ${found}, and S3 has kept ${kept} of it`;
  return { what: "damaged", bytes, sentence };
}
