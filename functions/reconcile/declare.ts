import { createHash } from "node:crypto";
import { sourceKey, withdrawnDigest } from "../catalog/keys.ts";
import type { Listing } from "../catalog/whole.ts";
import type { Restores } from "../core/environment.ts";
import type { Source } from "../core/source.ts";
import type { World } from "../world.ts";

/**
 * Records each source as it is declared now, unless that is what its newest declaration says: with these facts a
 * stranger who has only the vault knows what its points are of. A source that is declared no longer is recorded as
 * withdrawn, so that nobody takes its ageing points for late ones.
 */
export async function declareSources(world: World, listing: Listing): Promise<void> {
  await declareNew(world, listing);
  await withdrawOld(world, listing);
}

/** What names a declaration in its key: 12 hex digits of all that is declared. */
export function declarationDigest(source: Source, restores?: Restores): string {
  const text = JSON.stringify(restores ? [source, restores] : source);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

async function declareNew({ catalog, environment, now }: World, listing: Listing): Promise<void> {
  const { name, account, primaryRegion, recoveryRegion, restores } = environment;
  for (const source of environment.sources) {
    const digest = declarationDigest(source, restores);
    const known = listing.declared.get(source.name);
    if (known?.digest === digest) continue;
    const at = now().toISOString();
    const rules = restores ? { restores } : {};
    const where = { environment: name, account, primaryRegion, recoveryRegion, ...rules };
    await catalog.recordSource(digest, { schema: 1, at, fact: "declared", ...where, source });
    listing.declared.set(source.name, { firstAt: known?.firstAt ?? at, newestAt: at, digest });
  }
}

async function withdrawOld({ catalog, environment, now }: World, listing: Listing): Promise<void> {
  const declared = new Set(environment.sources.map(({ name }) => name));
  for (const [name, known] of listing.declared) {
    if (declared.has(name) || known.digest === withdrawnDigest) continue;
    const last = await catalog.readSource(sourceKey(name, new Date(known.newestAt), known.digest));
    const at = now().toISOString();
    await catalog.recordSource(withdrawnDigest, { ...last, at, fact: "withdrawn" });
    listing.declared.set(name, { ...known, newestAt: at, digest: withdrawnDigest });
  }
}
