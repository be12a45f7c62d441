import { ChannelsReport } from "../core/channel.ts";
import { DrillCutOffFact, DrillFinishedFact, DrillStartedFact, SigningKeyFact } from "../core/drill.ts";
import type { FindingFactName, MessageFactName } from "../core/episode.ts";
import { EpisodesIndex } from "../core/episodes-index.ts";
import {
  AcknowledgementFact,
  ContextFact,
  ContinuityFact,
  FindingFact,
  MessageFact,
  PointFact,
  SourceFact,
} from "../core/fact.ts";
import { findingId } from "../core/finding.ts";
import { Problem } from "../core/problem.ts";
import { StatusReport } from "../core/report.ts";
import { RestoreFact, type RestoreId } from "../core/restore.ts";
import { PassTrace } from "../core/trace.ts";
import { changeKey } from "./change-keys.ts";
import { Facts } from "./facts.ts";
import {
  acknowledgementKey,
  contextKey,
  continuityKey,
  drillKey,
  findingKey,
  indexKey,
  messageKey,
  type PointFactName,
  parseFindingKey,
  pointKey,
  type RestoreFactName,
  restoreKey,
  sourceKey,
} from "./keys.ts";
import { signingKeyKey } from "./proof-keys.ts";

/**
 * The catalog: immutable JSON facts in a vault. A fact is created once with `If-None-Match: *` and never
 * edited; a key's presence is a state. Every method throws only `Problem`: `throttled` and `unavailable` may be
 * repeated later, `not-found`, `access-denied` and `invalid` are final.
 */
export class Catalog extends Facts {
  /** Records a fact about a point. `false` if that fact was there already; it is then left as it is. */
  recordPoint(name: PointFactName, fact: PointFact): Promise<boolean> {
    return this.record(pointKey(fact.source, fact.point, name), PointFact, fact);
  }

  /** Records a fact about a finding, in the episode that its `since` names. `false` if it was there already. */
  async recordFinding(name: FindingFactName, fact: FindingFact): Promise<boolean> {
    const id = findingId(fact.finding);
    await this.#mark({ id, since: fact.finding.since });
    return this.record(findingKey(id, fact.finding.since, name), FindingFact, fact);
  }

  override async mirror(from: Facts, key: string): Promise<boolean> {
    const finding = parseFindingKey(key);
    if (finding) await this.#mark(finding);
    return super.mirror(from, key);
  }

  /** Before a fact of it: whoever tells knows by the mark of which episodes there is something new. */
  #mark(episode: { id: string; since: string }): Promise<void> {
    return this.overwrite(changeKey(episode), "{}\n");
  }

  /** Records a fact about a message that is about no finding. `false` if it was there already. */
  recordMessage(name: MessageFactName, fact: MessageFact): Promise<boolean> {
    return this.record(messageKey(fact.message, fact.slot, name), MessageFact, fact);
  }

  /** Records what the code of this digest acknowledges. `false` if it was there already. */
  recordAcknowledgement(sha256: string, fact: AcknowledgementFact): Promise<boolean> {
    return this.record(acknowledgementKey(sha256), AcknowledgementFact, fact);
  }

  /** Records a source's declaration. `digest`: 12 hex digits of what was declared. */
  recordSource(digest: string, fact: SourceFact): Promise<boolean> {
    return this.record(sourceKey(fact.source.name, new Date(fact.at), digest), SourceFact, fact);
  }

  /** Records that a drill began. `false` if that was recorded already; it is then left as it is. */
  recordDrillStarted(fact: DrillStartedFact): Promise<boolean> {
    return this.record(drillKey(fact.source, fact.drill, "started"), DrillStartedFact, fact);
  }

  /** Records how a drill ended. `false` if that was recorded already; it is then left as it is. */
  recordDrillFinished(fact: DrillFinishedFact): Promise<boolean> {
    return this.record(drillKey(fact.source, fact.drill, "finished"), DrillFinishedFact, fact);
  }

  /** Records that a drill's execution ended without a result. `false` if that was recorded already. */
  recordDrillCutOff(fact: DrillCutOffFact): Promise<boolean> {
    return this.record(drillKey(fact.source, fact.drill, "cut-off"), DrillCutOffFact, fact);
  }

  /** Records the public half of a signing key. `false` if it was there already. */
  recordSigningKey(fact: SigningKeyFact): Promise<boolean> {
    return this.record(signingKeyKey(fact.sha256), SigningKeyFact, fact);
  }

  /** Reads and checks that a drill began. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readDrillStarted(key: string): Promise<DrillStartedFact> {
    return this.read(key, DrillStartedFact);
  }

  /** Reads and checks how a drill ended. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readDrillFinished(key: string): Promise<DrillFinishedFact> {
    return this.read(key, DrillFinishedFact);
  }

  /** Reads and checks how a drill's execution ended that left no result. Throws `Problem` not-found, or invalid. */
  readDrillCutOff(key: string): Promise<DrillCutOffFact> {
    return this.read(key, DrillCutOffFact);
  }

  /** Reads and checks a signing key. Throws `Problem` not-found, or invalid if it is not one. */
  readSigningKey(key: string): Promise<SigningKeyFact> {
    return this.read(key, SigningKeyFact);
  }

  /** Records a database's context. `digest`: 12 hex digits of it. */
  recordContext(digest: string, fact: ContextFact): Promise<boolean> {
    return this.record(contextKey(fact.source, new Date(fact.at), digest), ContextFact, fact);
  }

  /** Reads and checks a database's context. Throws `Problem` not-found, or invalid if it is not one. */
  readContext(key: string): Promise<ContextFact> {
    return this.read(key, ContextFact);
  }

  /** Records a change of continuous protection. `false` if that was recorded already. */
  recordContinuity(fact: ContinuityFact): Promise<boolean> {
    const key = continuityKey(fact.source, fact.region, new Date(fact.at), fact.fact);
    return this.record(key, ContinuityFact, fact);
  }

  /** Records a fact about a restore. `false` if that fact was there already; it is then left as it is. */
  recordRestore(name: RestoreFactName, fact: RestoreFact): Promise<boolean> {
    return this.record(restoreKey(fact.restore, name), RestoreFact, fact);
  }

  /** Reads and checks a fact about a restore; undefined where there is none. Throws `Problem` invalid if it is not one. */
  async readRestore(id: RestoreId, name: RestoreFactName): Promise<RestoreFact | undefined> {
    try {
      return await this.read(restoreKey(id, name), RestoreFact);
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === "not-found") return undefined;
      throw thrown;
    }
  }

  /** Reads and checks a fact about a point. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readPoint(key: string): Promise<PointFact> {
    return this.read(key, PointFact);
  }

  /** Reads and checks a fact about a finding. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readFinding(key: string): Promise<FindingFact> {
    return this.read(key, FindingFact);
  }

  /** Reads and checks a fact about a message. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readMessage(key: string): Promise<MessageFact> {
    return this.read(key, MessageFact);
  }

  /** Reads and checks what the code of this digest acknowledges. Throws `Problem` not-found, or invalid. */
  readAcknowledgement(sha256: string): Promise<AcknowledgementFact> {
    return this.read(acknowledgementKey(sha256), AcknowledgementFact);
  }

  /** Reads and checks a source's declaration. Throws `Problem` not-found, or invalid if it is not one. */
  readSource(key: string): Promise<SourceFact> {
    return this.read(key, SourceFact);
  }

  /** What the watch of this vault's region last saw. Throws `Problem` not-found, or invalid if it is not a report. */
  readStatus(): Promise<StatusReport> {
    return this.read(indexKey("status"), StatusReport);
  }

  /** Of which findings the last pass of telling left something to tell. Throws `Problem` not-found, or invalid. */
  readEpisodesIndex(): Promise<EpisodesIndex> {
    return this.read(indexKey("episodes"), EpisodesIndex);
  }

  /** What the last pass of this vault's reconciler left. Throws `Problem` not-found, or invalid if it is not a trace. */
  readTrace(): Promise<PassTrace> {
    return this.read(indexKey("reconcile"), PassTrace);
  }

  /** How each channel of this vault's region stood at the last look. Throws `Problem` not-found, or invalid. */
  readChannels(): Promise<ChannelsReport> {
    return this.read(indexKey("channels"), ChannelsReport);
  }
}
