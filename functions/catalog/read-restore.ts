import type { Catalog } from "./catalog.ts";
import { parseRestoreKey, restorePrefix } from "./keys.ts";
import type { RestoreFacts } from "./restore-state.ts";

/** Reads the facts of a restore; those that were read before are not read again. */
export async function readRestoreFacts(
  catalog: Catalog,
  id: string,
  known: RestoreFacts = {},
): Promise<RestoreFacts> {
  const facts: RestoreFacts = { ...known };
  for await (const { key } of catalog.list(restorePrefix(id))) {
    const name = parseRestoreKey(key)?.name;
    if (!name || facts[name]) continue;
    const fact = await catalog.readRestore(id, name);
    if (fact) facts[name] = fact;
  }
  return facts;
}
