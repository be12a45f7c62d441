import { auditKey, auditOf, parseAuditKey } from "../catalog/action-keys.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { AuditFact, firstPrevious } from "../core/action.ts";
import { asProblem } from "../core/problem.ts";
import { digestOf } from "./audit-log.ts";

/** What checking a region's audit log came to. */
export type Chain = { region: string; entries: number; mismatches: string[]; notes: string[] };

/** A vault with the region that it is in. */
type Vault = { region: string; catalog: Catalog };

/**
 * Checks the audit log of a region in every vault: that no number is missing, that each entry has the digest of the text of
 * the one before it, and that the vaults have the same texts. A vault that cannot be read is said, and proves nothing.
 */
export async function checkChain(region: string, vaults: readonly Vault[]): Promise<Chain> {
  const chain: Chain = { region, entries: 0, mismatches: [], notes: [] };
  const read: { region: string; texts: Map<number, string> }[] = [];
  for (const vault of vaults) {
    try {
      read.push({ region: vault.region, texts: await textsOf(region, vault.catalog) });
    } catch (thrown) {
      chain.notes.push(`The vault in ${vault.region} could not be read: ${asProblem(thrown).message}.`);
    }
  }
  chain.entries = Math.max(0, ...read.flatMap(({ texts }) => [...texts.keys()]));
  let previous = firstPrevious;
  for (let number = 1; number <= chain.entries; number++) {
    const found = read.flatMap((one) => {
      const text = one.texts.get(number);
      return text === undefined ? [] : [{ region: one.region, text }];
    });
    const [first, ...others] = found;
    if (!first) {
      chain.mismatches.push(`entry ${number} is missing`);
      previous = "";
      continue;
    }
    for (const other of others)
      if (other.text !== first.text)
        chain.mismatches.push(`entry ${number} is not the same in ${first.region} and in ${other.region}`);
    const wrong = wrongWith(first.text, region, number, previous);
    if (wrong) chain.mismatches.push(`entry ${number} ${wrong}`);
    previous = digestOf(first.text);
  }
  for (const one of read) {
    const missing = chain.entries - one.texts.size;
    if (missing > 0)
      chain.notes.push(`${missing} of them are not in the vault in ${one.region}, or not yet.`);
  }
  return chain;
}

function wrongWith(text: string, region: string, number: number, previous: string): string | undefined {
  try {
    const entry = AuditFact.parse(JSON.parse(text));
    if (entry.number !== number || entry.region !== region) return "is another one's under its key";
    // After a missing entry nothing can be said of the next.
    return previous !== "" && entry.previous !== previous ? "does not hold the one before it" : undefined;
  } catch {
    return "is not an entry";
  }
}

async function textsOf(region: string, catalog: Catalog): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  for await (const page of catalog.pages(auditOf(region))) {
    const numbers = page.flatMap(({ key }) => parseAuditKey(key)?.number ?? []);
    for (let from = 0; from < numbers.length; from += 32)
      await Promise.all(
        numbers.slice(from, from + 32).map(async (number) => {
          texts.set(number, await catalog.text(auditKey(region, number)));
        }),
      );
  }
  return texts;
}
