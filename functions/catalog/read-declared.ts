import type { SourceFact } from "../core/fact.ts";
import type { Catalog } from "./catalog.ts";
import { parseSourceKey, sourcesPrefix } from "./keys.ts";

/** What a vault says was declared: the newest declaration of each source, and since when it is declared (ISO-8601 UTC). */
export type Declared = { newest: Map<string, SourceFact>; firstAt: Map<string, string> };

/** Reads the declarations of a vault. */
export async function readDeclared(catalog: Catalog): Promise<Declared> {
  const newestKey = new Map<string, { at: string; key: string }>();
  const firstAt = new Map<string, string>();
  for await (const { key } of catalog.list(sourcesPrefix)) {
    const declared = parseSourceKey(key);
    if (!declared) continue;
    const { source, at } = declared;
    if (at >= (newestKey.get(source)?.at ?? "")) newestKey.set(source, { at, key });
    if (at < (firstAt.get(source) ?? "9")) firstAt.set(source, at);
  }
  const newest = new Map<string, SourceFact>();
  await Promise.all(
    [...newestKey].map(async ([source, { key }]) => newest.set(source, await catalog.readSource(key))),
  );
  return { newest, firstAt };
}
