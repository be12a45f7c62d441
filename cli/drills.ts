import type { Answer } from "../functions/core/api/routes.ts";
import type { DrillFinishedFact } from "../functions/core/drill.ts";
import { Problem } from "../functions/core/problem.ts";
import { slotPattern } from "../functions/core/slot.ts";
import type { Source } from "../functions/core/source.ts";
import { verifyText } from "../functions/signing/certificate.ts";
import type { Client } from "./client.ts";

/** A drill that ended, with what its text says of itself when it is checked. */
export type Ended = { fact: DrillFinishedFact; mismatches: string[] };

/** Of so many drills that began last one has ended, if any has. */
const lookedAt = "5";

/** The drills of a source that ended, those that began last first, at most so many, and whose vault tells of them. */
export async function readEnded(
  client: Client,
  source: string,
  most: number,
): Promise<{ ended: Ended[]; region: string }> {
  const query = { limit: String(most), documents: "true" } as const;
  const { items } = await client.ask("listDrills", { params: { source }, query });
  const ended = items.flatMap(({ document }): Ended[] => {
    const { fact, mismatches = [] } = document ? verifyText(document.text) : {};
    // The vault's own word on it counts, and so does what can be seen from here.
    return fact ? [{ fact, mismatches: [...new Set([...mismatches, ...(document?.mismatches ?? [])])] }] : [];
  });
  const region = items.find(({ document }) => document)?.document?.region ?? client.about.region;
  // Of mirrored facts the listing tells only when they came into this vault.
  return {
    ended: ended.toSorted((a, b) => Date.parse(b.fact.startedAt) - Date.parse(a.fact.startedAt)),
    region,
  };
}

/** What the newest drill of a source came to, in short. */
export type Drilled = {
  drill: string;
  point: string;
  outcome: DrillFinishedFact["outcome"];
  /** As it was measured. */
  rtoSeconds?: number;
};

/** An API takes so many requests at one time. */
const askedAtOnce = 20;

/** The newest drill that ended of each source. */
export async function newestDrills(
  client: Client,
  sources: readonly Source[],
): Promise<Map<string, Drilled>> {
  const newest = new Map<string, Drilled>();
  for (let from = 0; from < sources.length; from += askedAtOnce)
    await Promise.all(
      sources.slice(from, from + askedAtOnce).map(async ({ name }) => {
        const drilled = await newestDrill(client, name);
        if (drilled) newest.set(name, drilled);
      }),
    );
  return newest;
}

async function newestDrill(client: Client, source: string): Promise<Drilled | undefined> {
  const { items } = await client.ask("listDrills", { params: { source }, query: { limit: lookedAt } });
  const newest = items.find(({ outcome }) => outcome);
  if (!newest?.outcome) return undefined;
  const { drill, point, outcome, secondsToChecked } = newest;
  return {
    drill,
    point,
    outcome,
    ...(secondsToChecked === undefined ? {} : { rtoSeconds: secondsToChecked }),
  };
}

/** A drill that has ended. Throws `Problem` not-found. */
export async function endedDrill(
  client: Client,
  source: string,
  drill: string,
): Promise<Answer<"checkDrill">> {
  if (slotPattern.test(drill)) return client.ask("checkDrill", { params: { source, drill } });
  throw new Problem("invalid", `"${drill}" names no drill`, `Drills are named like 20261121T0300Z.`);
}
