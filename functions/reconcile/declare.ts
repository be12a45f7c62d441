import { createHash } from "node:crypto";
import type { World } from "../world.ts";
import type { Listing } from "./observe.ts";

/**
 * Records each source as it is declared now, unless that is what its newest declaration says: with these facts a
 * stranger who has only the vault knows what its points are of.
 */
export async function declareSources({ catalog, environment, now }: World, listing: Listing): Promise<void> {
  const { name, account, primaryRegion, recoveryRegion } = environment;
  for (const source of environment.sources) {
    const digest = createHash("sha256").update(JSON.stringify(source)).digest("hex").slice(0, 12);
    const known = listing.declared.get(source.name);
    if (known?.digest === digest) continue;
    const at = now().toISOString();
    const where = { environment: name, account, primaryRegion, recoveryRegion };
    await catalog.recordSource(digest, { schema: 1, at, fact: "declared", ...where, source });
    listing.declared.set(source.name, { firstAt: known?.firstAt ?? at, newestAt: at, digest });
  }
}
