import { ContinuityChanges } from "../core/continuity.ts";
import type { Episode } from "../core/episode.ts";
import type { Finding } from "../core/finding.ts";
import { addPause, type PauseChange } from "../core/pause.ts";
import { PointFacts } from "../core/point.ts";
import type { RestoreId } from "../core/restore.ts";
import type { Slot } from "../core/slot.ts";
import { parseAuditKey, parsePauseKey } from "./action-keys.ts";
import type { Catalog } from "./catalog.ts";
import {
  type DrillFactName,
  findingKey,
  isAcknowledgementKey,
  parseContextKey,
  parseContinuityKey,
  parseDrillKey,
  parseFindingKey,
  parseMessageKey,
  parsePointKey,
  parseRestoreKey,
  parseSourceKey,
  type RestoreFactName,
} from "./keys.ts";
import { isSigningKeyKey } from "./proof-keys.ts";

/** What one listing of a catalog holds. */
export type Listing = {
  points: PointFacts;
  episodes: Map<string, Episode>;
  /** By source: when it was first declared, and the digest of its newest declaration. */
  declared: Map<string, { firstAt: string; newestAt: string; digest: string }>;
  sourceKeys: Set<string>;
  /** By source and drill: the names of its facts, each with the instant at which it was stored here. */
  drills: Map<string, Map<Slot, Map<DrillFactName, string>>>;
  signingKeys: Set<string>;
  /** By source: when its newest context was recorded, and that one's digest. */
  contexts: Map<string, { newestAt: string; digest: string }>;
  contextKeys: Set<string>;
  /** By restore: the names of its facts, each with the instant at which it was stored here. */
  restores: Map<RestoreId, Map<RestoreFactName, string>>;
  /** Of acknowledgements, of messages about no finding, and of the audit log: they only pass through, to the other vault. */
  messageKeys: Set<string>;
  /** By source: when its schedule was paused, until when, and resumed. */
  pauses: Map<string, PauseChange[]>;
  pauseKeys: Set<string>;
  continuity: ContinuityChanges;
  continuityKeys: Set<string>;
};

/** Reads a whole catalog by listing it, page by page; no fact's body is read. Throws the catalog's `Problem`s. */
export async function readCatalog(catalog: Catalog): Promise<Listing> {
  const listing: Listing = {
    points: new PointFacts(),
    episodes: new Map(),
    declared: new Map(),
    sourceKeys: new Set(),
    drills: new Map(),
    signingKeys: new Set(),
    contexts: new Map(),
    contextKeys: new Set(),
    restores: new Map(),
    messageKeys: new Set(),
    pauses: new Map(),
    pauseKeys: new Set(),
    continuity: new ContinuityChanges(),
    continuityKeys: new Set(),
  };
  for await (const page of catalog.pages()) {
    for (const { key, storedAt } of page) addEntry(listing, key, storedAt);
  }
  return listing;
}

/** Whether a listing has the fact of this key, or could never have it, because the key is not a fact's. */
export function isListed(listing: Listing, key: string): boolean {
  const point = parsePointKey(key);
  if (point) return listing.points.has(point);
  const finding = parseFindingKey(key);
  if (finding) {
    const { id, since, name } = finding;
    return listing.episodes.get(`${id}/${since}`)?.facts.has(name) ?? false;
  }
  const drill = parseDrillKey(key);
  if (drill) return listing.drills.get(drill.source)?.get(drill.drill)?.has(drill.name) ?? false;
  if (isSigningKeyKey(key)) return listing.signingKeys.has(key);
  const restore = parseRestoreKey(key);
  if (restore) return listing.restores.get(restore.id)?.has(restore.name) ?? false;
  if (isAboutMessages(key)) return listing.messageKeys.has(key);
  if (parsePauseKey(key)) return listing.pauseKeys.has(key);
  if (parseContextKey(key)) return listing.contextKeys.has(key);
  if (parseContinuityKey(key)) return listing.continuityKeys.has(key);
  return parseSourceKey(key) === undefined || listing.sourceKeys.has(key);
}

/** Adds one fact's key to a listing; a key that is not a fact's is passed over. */
export function addEntry(listing: Listing, key: string, storedAt: string): void {
  const point = parsePointKey(key);
  if (point) {
    listing.points.add({ ...point, storedAt });
    return;
  }
  const finding = parseFindingKey(key);
  if (finding) {
    const { id, since, name } = finding;
    const episode = listing.episodes.get(`${id}/${since}`) ?? { id, since, facts: new Map() };
    episode.facts.set(name, storedAt);
    listing.episodes.set(`${id}/${since}`, episode);
    return;
  }
  const drill = parseDrillKey(key);
  if (drill) {
    const drills = listing.drills.get(drill.source) ?? new Map<Slot, Map<DrillFactName, string>>();
    const facts = drills.get(drill.drill) ?? new Map<DrillFactName, string>();
    listing.drills.set(drill.source, drills.set(drill.drill, facts.set(drill.name, storedAt)));
    return;
  }
  if (isSigningKeyKey(key)) listing.signingKeys.add(key);
  const restore = parseRestoreKey(key);
  if (restore) {
    const facts = listing.restores.get(restore.id) ?? new Map<RestoreFactName, string>();
    listing.restores.set(restore.id, facts.set(restore.name, storedAt));
    return;
  }
  if (isAboutMessages(key)) listing.messageKeys.add(key);
  const pause = parsePauseKey(key);
  if (pause) {
    listing.pauseKeys.add(key);
    const { source, ...change } = pause;
    addPause(listing.pauses, source, change);
    return;
  }
  const context = parseContextKey(key);
  if (context) {
    listing.contextKeys.add(key);
    const { source, at: newestAt, digest } = context;
    if (newestAt >= (listing.contexts.get(source)?.newestAt ?? ""))
      listing.contexts.set(source, { newestAt, digest });
    return;
  }
  const change = parseContinuityKey(key);
  if (change && !listing.continuityKeys.has(key)) {
    listing.continuityKeys.add(key);
    listing.continuity.add(change);
  }
  const source = parseSourceKey(key);
  if (!source) return;
  listing.sourceKeys.add(key);
  const known = listing.declared.get(source.source);
  if (!known) {
    listing.declared.set(source.source, { firstAt: source.at, newestAt: source.at, digest: source.digest });
    return;
  }
  if (source.at < known.firstAt) known.firstAt = source.at;
  if (source.at >= known.newestAt) Object.assign(known, { newestAt: source.at, digest: source.digest });
}

function isAboutMessages(key: string): boolean {
  return [isAcknowledgementKey(key), parseMessageKey(key), parseAuditKey(key)].some(Boolean);
}

/** The episodes that have begun and not ended. */
export function openEpisodes(listing: Listing): Episode[] {
  return [...listing.episodes.values()].filter(({ facts }) => facts.has("opened") && !facts.has("ended"));
}

/** The findings of open episodes, read from their facts: few, and a decision needs what they say. */
export async function readOpen(catalog: Catalog, episodes: readonly Episode[]): Promise<Finding[]> {
  const facts = await Promise.all(
    episodes.map(({ id, since }) => catalog.readFinding(findingKey(id, since, "opened"))),
  );
  return facts.map(({ finding }) => finding);
}
