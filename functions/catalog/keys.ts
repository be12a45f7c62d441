import type { ContinuityName } from "../core/continuity.ts";
import type { FindingFactName, MessageFactName, MessageKind } from "../core/episode.ts";
import type { ExpiryFactName } from "../core/marks.ts";
import { passing } from "../core/passing.ts";
import { type RestoreFact, type RestoreId, restoreIdPattern } from "../core/restore.ts";
import {
  compactInstant,
  isoInstant,
  type PointId,
  pointIdPattern,
  type Slot,
  slotPattern,
} from "../core/slot.ts";

/*
 * Every key of the vault is built and parsed here, and nowhere else.
 *
 *   catalog/sources/<source>/<instant>-<digest>.json
 *   catalog/points/<source>/<point>/<name>.json      name: requested, requested-<region>, available, copied-<region>,
 *                                                    verified-<region>, checked-<region>-<id>, lost-<region>,
 *                                                    failed-<region>-<attempt>, expiring-<region>-<instant>,
 *                                                    kept-<region>-<instant>, locked-<region>-<instant>,
 *                                                    expired-<region>, held-<id>, released-<id>, unwanted-<id>
 *   catalog/contexts/<source>/<instant>-<digest>.json  what a snapshot does not carry, each time it changed
 *   catalog/continuity/<source>/<region>/<instant>-<name>.json  continuous protection: asked, began, broke, released
 *   catalog/findings/<id>/<since>/<name>.json        name: opened, told-<region>, acknowledged,
 *                                                    escalated-<region>-<n>, ended, told-ended-<region>,
 *                                                    telling-<region>-<step>-<try>, untold-<region>-<step>-<try>
 *   catalog/messages/<kind>/<slot>/<name>.json       messages about no finding: digest, canary. name: told-<region>,
 *                                                    acknowledged, telling-<region>-<try>, untold-<region>-<try>
 *   catalog/acknowledgements/<sha256>.json           what the code of that digest acknowledges
 *   catalog/drills/<source>/<slot>/<name>.json       name: started, finished, cut-off
 *   catalog/restores/<id>/<name>.json                name: requested, planned, awaiting-approval-<n>, approved,
 *                                                    refused, began-<n>, cancel-requested, finished, failed,
 *                                                    cancelled, undone, undo-{requested,approved,failed}[-<n>]
 *   index/<name>.json                                overwritten, not mirrored. name: status, reconcile, channels, episodes
 *   receipts/<sha256>.json                           that a channel took a message; written once, gone after 30 days
 *   archives/<source>/<point>/<file name>            copies of verified archives
 *   Those of signing keys and fingerprints are in proof-keys.ts, marks of changes in change-keys.ts.
 */

/** The prefix of all facts; what the two vaults mirror to each other. */
export const catalogPrefix = "catalog/";
export const pointsPrefix = "catalog/points/";
export const sourcesPrefix = "catalog/sources/";
export const contextsPrefix = "catalog/contexts/";
export const continuityPrefix = "catalog/continuity/";
export const findingsPrefix = "catalog/findings/";
export const messagesPrefix = "catalog/messages/";
export const acknowledgementsPrefix = "catalog/acknowledgements/";
export const restoresPrefix = "catalog/restores/";
export const drillsPrefix = "catalog/drills/";
export const signingKeysPrefix = "catalog/keys/";

/**
 * What is written again and again, and so cannot lie among the facts, which the vault's policy lets nobody overwrite:
 * `status` is what the watch last saw, `reconcile` the trace of the last pass of the reconciler, `channels` how each channel
 * stood at the last look, `episodes` of which findings the last pass of telling left something to tell.
 */
export type IndexName = "status" | "reconcile" | "channels" | "episodes";

export const indexPrefix = "index/";

/** The key of one of these. */
export function indexKey(name: IndexName): string {
  return `${indexPrefix}${name}.json`;
}

/** The key of the receipt of a message that a channel took. `sha256`: of both names. Losing it repeats a message at worst. */
export function receiptKey(sha256: string): string {
  return `${passing.receipts.prefix}${sha256}.json`;
}

/** The name of a fact about a point. */
export type PointFactName =
  | "requested"
  | `requested-${string}`
  | "available"
  | `copied-${string}`
  | `verified-${string}`
  | `checked-${string}-${string}`
  | `lost-${string}`
  | `failed-${string}-${number}`
  | ExpiryFactName;

const pointFactName =
  /^(requested|available|(requested|copied|verified|checked|lost|expired|held|released|unwanted)-[a-z0-9-]+|failed-[a-z0-9-]+-\d+|(expiring|kept|locked)-[a-z0-9-]+-\d{8}T\d{6}Z)$/;

const findingFactName =
  /^(opened|ended|acknowledged|told-[a-z0-9-]+|escalated-[a-z0-9-]+-\d{1,2}|(telling|untold)-[a-z0-9-]+-(opened|ended|escalated-\d{1,2})-\d{1,4})$/;

const messageFactName = /^(acknowledged|told-[a-z0-9-]+|(telling|untold)-[a-z0-9-]+-\d{1,4})$/;

/** The key of a fact about a point. */
export function pointKey(source: string, point: PointId, name: PointFactName): string {
  return `${pointsPrefix}${source}/${point}/${name}.json`;
}

/** The parts of a point fact's key; `undefined` for any other key. */
export function parsePointKey(
  key: string,
): { source: string; point: PointId; name: PointFactName } | undefined {
  const [root, kind, source, point, file, ...rest] = key.split("/");
  const name = file?.endsWith(".json") ? file.slice(0, -5) : "";
  if (root !== "catalog" || kind !== "points" || !source || !point || rest.length > 0) return undefined;
  if (!pointIdPattern.test(point) || !pointFactName.test(name)) return undefined;
  return { source, point, name: name as PointFactName };
}

/** The prefix of one source's points. */
export function pointsOf(source: string): string {
  return `${pointsPrefix}${source}/`;
}

/** The prefix of all facts about one point. */
export function pointPrefix(source: string, point: PointId): string {
  return `${pointsOf(source)}${point}/`;
}

/** In the key of a source's declaration, in place of the digest: that the source is declared no longer. */
export const withdrawnDigest = "000000000000";

/** The key of a source's declaration. `digest`: 12 hex digits of what was declared. */
export function sourceKey(source: string, at: Date, digest: string): string {
  return `${sourcesPrefix}${source}/${compactInstant(at)}-${digest}.json`;
}

/** The parts of a declaration's key; `undefined` for any other key. `at` is ISO-8601 UTC. */
export function parseSourceKey(key: string): { source: string; at: string; digest: string } | undefined {
  const parts = /^catalog\/sources\/([^/]+)\/(\d{8}T\d{6}Z)-([0-9a-f]{12})\.json$/.exec(key);
  return parts
    ? { source: parts[1] as string, at: isoInstant(parts[2] as string), digest: parts[3] as string }
    : undefined;
}

/** The key of a database's context. `digest`: 12 hex digits of it. */
export function contextKey(source: string, at: Date, digest: string): string {
  return `${contextsOf(source)}${compactInstant(at)}-${digest}.json`;
}

/** The prefix of one source's contexts. */
export function contextsOf(source: string): string {
  return `${contextsPrefix}${source}/`;
}

/** The parts of a context's key; `undefined` for any other key. `at` is ISO-8601 UTC. */
export function parseContextKey(key: string): { source: string; at: string; digest: string } | undefined {
  const parts = /^catalog\/contexts\/([^/]+)\/(\d{8}T\d{6}Z)-([0-9a-f]{12})\.json$/.exec(key);
  return parts
    ? { source: parts[1] as string, at: isoInstant(parts[2] as string), digest: parts[3] as string }
    : undefined;
}

/** The key of a change of a source's continuous protection in a region. */
export function continuityKey(source: string, region: string, at: Date, name: ContinuityName): string {
  return `${continuityOf(source)}${region}/${compactInstant(at)}-${name}.json`;
}

/** The prefix of all changes of one source's continuous protection. */
export function continuityOf(source: string): string {
  return `${continuityPrefix}${source}/`;
}

/** The parts of such a key; `undefined` for any other key. `at` is ISO-8601 UTC. */
export function parseContinuityKey(
  key: string,
): { source: string; region: string; at: string; name: ContinuityName } | undefined {
  const parts =
    /^catalog\/continuity\/([^/]+)\/([a-z0-9-]+)\/(\d{8}T\d{6}Z)-(asked|began|broke|released)\.json$/.exec(
      key,
    );
  if (!parts) return undefined;
  const [, source = "", region = "", at = "", name = ""] = parts;
  return { source, region, at: isoInstant(at), name: name as ContinuityName };
}

/** The key of a fact about a finding. `since` is ISO-8601 UTC and names the episode. */
export function findingKey(id: string, since: string, name: FindingFactName): string {
  return `${episodePrefix(id, since)}${name}.json`;
}

/** The prefix of all facts of one episode of a finding. */
export function episodePrefix(id: string, since: string): string {
  return `${findingsPrefix}${id}/${compactInstant(new Date(since))}/`;
}

/** The parts of a finding fact's key; `undefined` for any other key. `since` is ISO-8601 UTC. */
export function parseFindingKey(
  key: string,
): { id: string; since: string; name: FindingFactName } | undefined {
  const parts = /^catalog\/findings\/([^/]+)\/(\d{8}T\d{6}Z)\/([^/]+)\.json$/.exec(key);
  if (!parts || !findingFactName.test(parts[3] as string)) return undefined;
  return { id: parts[1] as string, since: isoInstant(parts[2] as string), name: parts[3] as FindingFactName };
}

/** The key of a fact about a message that is about no finding. `slot` names it: a date, or a slot. */
export function messageKey(kind: MessageKind, slot: string, name: MessageFactName): string {
  return `${messagePrefix(kind, slot)}${name}.json`;
}

/** The prefix of all facts about one such message. */
export function messagePrefix(kind: MessageKind, slot: string): string {
  return `${messagesPrefix}${kind}/${slot}/`;
}

/** The parts of such a key; `undefined` for any other key. */
export function parseMessageKey(
  key: string,
): { kind: MessageKind; slot: string; name: MessageFactName } | undefined {
  const [, kind = "", slot = "", name = ""] =
    /^catalog\/messages\/(digest|canary)\/([0-9A-Za-z-]+)\/([^/]+)\.json$/.exec(key) ?? [];
  if (!messageFactName.test(name)) return undefined;
  return { kind: kind as MessageKind, slot, name: name as MessageFactName };
}

/** The key of what a code acknowledges. `sha256`: of the code, lower-case hex; the code itself is kept nowhere. */
export function acknowledgementKey(sha256: string): string {
  return `${acknowledgementsPrefix}${sha256}.json`;
}

/** Whether a key is that of what a code acknowledges. */
export function isAcknowledgementKey(key: string): boolean {
  return /^catalog\/acknowledgements\/[0-9a-f]{64}\.json$/.test(key);
}

/** The key of an archive's copy in the recovery vault. */
export function archiveKey(source: string, point: PointId, fileName: string): string {
  return `${archivePrefix(source, point)}${fileName}`;
}

/** The prefix of all copies of a source's archives in the recovery vault. */
export function archivesOf(source: string): string {
  return `archives/${source}/`;
}

/** The prefix of all that the recovery vault keeps of one archive. */
export function archivePrefix(source: string, point: PointId): string {
  return `${archivesOf(source)}${point}/`;
}

/** The point whose archive a key of the recovery vault is a copy of; `undefined` for any other key. */
export function archivePointOf(key: string): PointId | undefined {
  const [root, source, point = ""] = key.split("/");
  return root === "archives" && source && pointIdPattern.test(point) ? point : undefined;
}

/** The name of a fact about a drill. */
export type DrillFactName = "started" | "finished" | "cut-off";

/** The key of a fact about a drill, which its slot names. */
export function drillKey(source: string, drill: Slot, name: DrillFactName): string {
  return `${drillsOf(source)}${drill}/${name}.json`;
}

/** The prefix of one source's drills. */
export function drillsOf(source: string): string {
  return `${drillsPrefix}${source}/`;
}

/** The parts of a drill fact's key; `undefined` for any other key. */
export function parseDrillKey(key: string): { source: string; drill: Slot; name: DrillFactName } | undefined {
  const parts = /^catalog\/drills\/([^/]+)\/([^/]+)\/(started|finished|cut-off)\.json$/.exec(key);
  if (!parts || !slotPattern.test(parts[2] as string)) return undefined;
  return { source: parts[1] as string, drill: parts[2] as string, name: parts[3] as DrillFactName };
}

/** The name of a fact about a restore. */
export type RestoreFactName =
  | Exclude<RestoreFact["fact"], "awaiting-approval" | "began" | "read">
  | `awaiting-approval-${number}`
  | `began-${number}`
  | `read-${number}`
  | `${UndoFact}-${number}`;

/** The facts of which each try of undoing a restore has its own. */
export type UndoFact = "undo-requested" | "undo-approved" | "undo-failed";

const restoreFactName =
  /^(requested|planned|approved|refused|cancel-requested|finished|failed|cancelled|undone|undo-(requested|approved|failed)(-\d{1,2})?|began-\d{1,2}|(awaiting-approval|read)-\d{1,3})$/;

/** The key of a fact about a restore. */
export function restoreKey(id: RestoreId, name: RestoreFactName): string {
  return `${restorePrefix(id)}${name}.json`;
}

/** The prefix of all facts about one restore. */
export function restorePrefix(id: RestoreId): string {
  return `${restoresPrefix}${id}/`;
}

/** The parts of a restore fact's key; `undefined` for any other key. */
export function parseRestoreKey(key: string): { id: RestoreId; name: RestoreFactName } | undefined {
  const parts = /^catalog\/restores\/([^/]+)\/([^/]+)\.json$/.exec(key);
  const [, id = "", name = ""] = parts ?? [];
  if (!restoreIdPattern.test(id) || !restoreFactName.test(name)) return undefined;
  return { id, name: name as RestoreFactName };
}
