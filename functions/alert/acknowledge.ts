import { createHash } from "node:crypto";
import type { Catalog } from "../catalog/catalog.ts";
import { episodePrefix, findingKey, messagePrefix, parseFindingKey } from "../catalog/keys.ts";
import { readCode } from "../core/code.ts";
import type { MessageKind } from "../core/episode.ts";
import type { AcknowledgementFact, FindingFact } from "../core/fact.ts";
import type { Finding } from "../core/finding.ts";
import { asProblem, Problem } from "../core/problem.ts";

/** What acknowledging needs of a world: it works from either region, with or without the other. */
export type AcknowledgeWorld = {
  region: string;
  catalog: Catalog;
  otherCatalog: Catalog;
  now(): Date;
};

/** What is to be acknowledged: what the code of a message stands for, or one episode of a finding. */
export type Acknowledgeable = { code: string } | { findingId: string; since: string };

/** One finding, or message about none, as it stands once somebody has acknowledged it. `over`: it had ended before. */
export type Acknowledged = {
  finding?: Finding;
  message?: { message: MessageKind; slot: string };
  state: "acknowledged" | "already" | "over";
  /** Who acknowledged it first, and when; absent where it was over before anybody did. */
  by?: string;
  at?: string;
};

/**
 * Says that a person has taken note: what is acknowledged is not told again until it ends. It may be said any number of
 * times; the first one stays. `by`: who, as far as it is known. Throws `Problem` not-found for a code or a finding that
 * neither vault knows, `unavailable` if this region's vault cannot be read or written.
 */
export async function acknowledge(
  what: Acknowledgeable,
  by: string,
  world: AcknowledgeWorld,
): Promise<Acknowledged[]> {
  if ("findingId" in what) return [await acknowledgeEpisode(what.findingId, what.since, by, world)];
  const { episodes, messages } = await standsFor(what.code, world);
  const all: Acknowledged[] = [];
  for (const { id, since } of episodes) all.push(await acknowledgeEpisode(id, since, by, world));
  for (const message of messages) all.push(await acknowledgeMessage(message, by, world));
  return all;
}

/** What a code stands for, without acknowledging it: for the page that asks. Throws `Problem` not-found. */
export async function standsFor(typed: string, world: AcknowledgeWorld): Promise<AcknowledgementFact> {
  const code = readCode(typed);
  const unknown = new Problem(
    "not-found",
    "no message has this code",
    "Compare it with the message: twelve letters and digits.",
  );
  if (!code) throw unknown;
  const fact = await fromEither(world, (catalog) => catalog.readAcknowledgement(digestOf(code)));
  if (!fact) throw unknown;
  return fact;
}

/** Under what a code is known to the vault. */
export function digestOf(code: string): string {
  return createHash("sha256").update(code).digest("hex");
}

async function acknowledgeEpisode(
  id: string,
  since: string,
  by: string,
  world: AcknowledgeWorld,
): Promise<Acknowledged> {
  const opened = await fromEither(world, (catalog) => catalog.readFinding(findingKey(id, since, "opened")));
  if (!opened)
    throw new Problem(
      "not-found",
      `no finding ${id} has been open since ${since}`,
      "Run: holdfast status; it lists what is open.",
    );
  const { finding } = opened;
  const names = new Set<string>();
  for await (const { key } of world.catalog.list(episodePrefix(id, since)))
    names.add(parseFindingKey(key)?.name ?? "");
  if (names.has("ended") && !names.has("acknowledged")) return { finding, state: "over" };
  const at = world.now().toISOString();
  const fact: FindingFact = { schema: 1, at, fact: "acknowledged", finding, by };
  if (await world.catalog.recordFinding("acknowledged", fact))
    return { finding, state: "acknowledged", by, at };
  const first = await world.catalog.readFinding(findingKey(id, since, "acknowledged"));
  return { finding, state: "already", at: first.at, ...(first.by ? { by: first.by } : {}) };
}

async function acknowledgeMessage(
  { message, slot }: { message: MessageKind; slot: string },
  by: string,
  { catalog, region, now }: AcknowledgeWorld,
): Promise<Acknowledged> {
  const at = now().toISOString();
  const fact = { schema: 1, at, fact: "acknowledged", message, slot, region, by } as const;
  const about = { message: { message, slot } };
  if (await catalog.recordMessage("acknowledged", fact)) return { ...about, state: "acknowledged", by, at };
  const first = await catalog.readMessage(`${messagePrefix(message, slot)}acknowledged.json`);
  return { ...about, state: "already", at: first.at, ...(first.by ? { by: first.by } : {}) };
}

/** Facts arrive in the other vault within minutes; whoever acknowledges may be quicker. `undefined`: in neither. */
async function fromEither<T>(
  { catalog, otherCatalog }: AcknowledgeWorld,
  read: (from: Catalog) => Promise<T>,
): Promise<T | undefined> {
  for (const from of [catalog, otherCatalog]) {
    try {
      return await read(from);
    } catch (thrown) {
      const problem = asProblem(thrown);
      // That the other vault cannot be read is as good as that it does not know: this one is what counts.
      if (problem.code !== "not-found" && from === catalog) throw problem;
    }
  }
  return undefined;
}
