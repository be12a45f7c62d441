import type { Catalog } from "../catalog/catalog.ts";
import { parseSourceKey, sourceKey, withdrawnDigest } from "../catalog/keys.ts";
import type { Listing } from "../catalog/whole.ts";
import type { Declaration } from "../core/declarations.ts";
import { lookBackSeconds } from "../core/objectives.ts";
import type { Source } from "../core/source.ts";
import { logProblem } from "../glue.ts";
import { inParallel } from "../passes/parallel.ts";
import type { WatchWorld } from "../watch-world.ts";

/** So many facts are read at one time. */
const readsAtOnce = 32;

/** What warm invocations have read before, by source and digest: a fact never changes. */
const known = new WeakMap<Catalog, Map<string, Source>>();

/**
 * What each source was declared as over the last 30 days. What holds now is the environment's own word, so that a source
 * which nobody changed costs no call.
 */
export async function readDeclarations(
  world: WatchWorld,
  listing: Listing,
): Promise<Map<string, Declaration[]>> {
  const { catalog, environment } = world;
  const before = known.get(catalog) ?? new Map<string, Source>();
  const now = new Map<string, Source>();
  const sinceIso = new Date(world.now().getTime() - lookBackSeconds * 1_000).toISOString();
  const keys = Map.groupBy(
    [...listing.sourceKeys].flatMap((key) => parseSourceKey(key) ?? []),
    ({ source }) => source,
  );
  const declarations = new Map<string, Declaration[]>();
  await inParallel(environment.sources, readsAtOnce, async (source) => {
    const all = (keys.get(source.name) ?? []).sort((a, b) => (a.at < b.at ? -1 : 1));
    const held = all.filter((_, index) => (all[index + 1]?.at ?? sinceIso) >= sinceIso);
    const last = held.pop();
    if (!last) return;
    const earlier: Declaration[] = [];
    for (const { at, digest } of held) {
      if (digest === withdrawnDigest) {
        earlier.push({ at });
        continue;
      }
      const name = `${source.name}/${digest}`;
      const read = now.get(name) ?? before.get(name) ?? (await readOne(catalog, source.name, at, digest));
      if (read) now.set(name, read);
      earlier.push({ at, source: read ?? source });
    }
    declarations.set(source.name, [...earlier, { at: last.at, source }]);
  });
  known.set(catalog, now);
  return declarations;
}

/** One that cannot be read now: what was held to it is held to what is declared now. */
async function readOne(
  catalog: Catalog,
  source: string,
  at: string,
  digest: string,
): Promise<Source | undefined> {
  try {
    return (await catalog.readSource(sourceKey(source, new Date(at), digest))).source;
  } catch (thrown) {
    logProblem(thrown, { source, declared: at });
    return undefined;
  }
}
