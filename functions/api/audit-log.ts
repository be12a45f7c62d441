import { createHash } from "node:crypto";
import { auditKey, auditOf, parseAuditKey } from "../catalog/action-keys.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { AuditFact, firstPrevious } from "../core/action.ts";
import type { AuditEntry } from "../core/api/alerts.ts";
import type { Caller } from "../core/api/caller.ts";
import { asProblem, Problem } from "../core/problem.ts";

/** What is written of an action. */
export type AuditNews = Pick<AuditEntry, "what" | "target" | "outcome"> & Pick<Caller, "who" | "from">;

/** Where entries are written. */
type Here = { catalog: Catalog; region: string; now(): Date };

/** Tries to write the next entry, of which each but the last found that somebody else had just written it. */
const tries = 20;

/**
 * Writes the next entry of this region's audit log. Each has the digest of the text of the one before it, and its number
 * can be taken once only, so two writers make one chain. Throws `Problem` when it cannot be written: what it is about is
 * not to be done then.
 */
export async function audit(news: AuditNews, { catalog, region, now }: Here): Promise<AuditFact> {
  let last = await lastNumber(catalog, region);
  for (let attempt = 1; attempt <= tries; attempt++) {
    const previous = last === 0 ? firstPrevious : digestOf(await catalog.text(auditKey(region, last)));
    const number = last + 1;
    const entry: AuditFact = { schema: 1, region, number, at: now().toISOString(), ...news, previous };
    if (await catalog.record(auditKey(region, number), AuditFact, entry)) return entry;
    last = (await isThere(catalog, auditKey(region, number))) ? number : last;
  }
  throw new Problem(
    "conflict",
    "The audit log could not be written: too many write it at once",
    "Try again.",
  );
}

/** The digest by which an entry is known to the next. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The number of the newest entry; 0 if there is none. It doubles its guesses and then halves what is left, because the
 * log may be long and S3 lists from any key but backwards from none.
 */
export async function lastNumber(catalog: Catalog, region: string): Promise<number> {
  const after = async (number: number): Promise<number[]> => {
    for await (const page of catalog.pages(auditOf(region), auditKey(region, number)))
      return page.flatMap(({ key }) => parseAuditKey(key)?.number ?? []);
    return [];
  };
  for (let low = 0; ; ) {
    const newest = (await after(low)).at(-1);
    if (newest === undefined) return low;
    low = newest;
    // A guess that is beyond the end says nothing but that: it goes on with small steps from the last that was not.
    for (let step = 1_000; (await after(low + step)).length > 0; step *= 2) low += step;
  }
}

async function isThere(catalog: Catalog, key: string): Promise<boolean> {
  try {
    await catalog.text(key);
    return true;
  } catch (thrown) {
    if (asProblem(thrown).code === "not-found") return false;
    throw thrown;
  }
}
