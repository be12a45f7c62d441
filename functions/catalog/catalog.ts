import {
  CopyObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type * as z from "zod/mini";
import { awsProblem } from "../core/aws-error.ts";
import { ChannelsReport } from "../core/channel.ts";
import { DrillCutOffFact, DrillFinishedFact, DrillStartedFact, SigningKeyFact } from "../core/drill.ts";
import type { FindingFactName, MessageFactName } from "../core/episode.ts";
import {
  AcknowledgementFact,
  ContextFact,
  ContinuityFact,
  FindingFact,
  factText,
  MessageFact,
  PointFact,
  SourceFact,
} from "../core/fact.ts";
import { findingId } from "../core/finding.ts";
import { Problem } from "../core/problem.ts";
import { StatusReport } from "../core/report.ts";
import { RestoreFact, type RestoreId } from "../core/restore.ts";
import { scanned } from "../scan.ts";
import {
  acknowledgementKey,
  catalogPrefix,
  contextKey,
  continuityKey,
  drillKey,
  findingKey,
  type IndexName,
  indexKey,
  indexPrefix,
  messageKey,
  type PointFactName,
  pointKey,
  type RestoreFactName,
  restoreKey,
  signingKeyKey,
  sourceKey,
} from "./keys.ts";
import { type Entry, scanListing } from "./listing.ts";

/**
 * The catalog: immutable JSON facts in a vault. A fact is created once with `If-None-Match: *` and never
 * edited; a key's presence is a state. Every method throws only `Problem`: `throttled` and `unavailable` may be
 * repeated later, `not-found`, `access-denied` and `invalid` are final.
 */
export class Catalog {
  readonly #client: S3Client;
  readonly bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.bucket = bucket;
  }

  /** Records a fact about a point. `false` if that fact was there already; it is then left as it is. */
  recordPoint(name: PointFactName, fact: PointFact): Promise<boolean> {
    return this.#create(pointKey(fact.source, fact.point, name), PointFact, fact);
  }

  /** Records a fact about a finding, in the episode that its `since` names. `false` if it was there already. */
  recordFinding(name: FindingFactName, fact: FindingFact): Promise<boolean> {
    return this.#create(findingKey(findingId(fact.finding), fact.finding.since, name), FindingFact, fact);
  }

  /** Records a fact about a message that is about no finding. `false` if it was there already. */
  recordMessage(name: MessageFactName, fact: MessageFact): Promise<boolean> {
    return this.#create(messageKey(fact.message, fact.slot, name), MessageFact, fact);
  }

  /** Records what the code of this digest acknowledges. `false` if it was there already. */
  recordAcknowledgement(sha256: string, fact: AcknowledgementFact): Promise<boolean> {
    return this.#create(acknowledgementKey(sha256), AcknowledgementFact, fact);
  }

  /** Records a source's declaration. `digest`: 12 hex digits of what was declared. */
  recordSource(digest: string, fact: SourceFact): Promise<boolean> {
    return this.#create(sourceKey(fact.source.name, new Date(fact.at), digest), SourceFact, fact);
  }

  /** Records that a drill began. `false` if that was recorded already; it is then left as it is. */
  recordDrillStarted(fact: DrillStartedFact): Promise<boolean> {
    return this.#create(drillKey(fact.source, fact.drill, "started"), DrillStartedFact, fact);
  }

  /** Records how a drill ended. `false` if that was recorded already; it is then left as it is. */
  recordDrillFinished(fact: DrillFinishedFact): Promise<boolean> {
    return this.#create(drillKey(fact.source, fact.drill, "finished"), DrillFinishedFact, fact);
  }

  /** Records that a drill's execution ended without a result. `false` if that was recorded already. */
  recordDrillCutOff(fact: DrillCutOffFact): Promise<boolean> {
    return this.#create(drillKey(fact.source, fact.drill, "cut-off"), DrillCutOffFact, fact);
  }

  /** Records the public half of a signing key. `false` if it was there already. */
  recordSigningKey(fact: SigningKeyFact): Promise<boolean> {
    return this.#create(signingKeyKey(fact.sha256), SigningKeyFact, fact);
  }

  /** Reads and checks that a drill began. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readDrillStarted(key: string): Promise<DrillStartedFact> {
    return this.#read(key, DrillStartedFact);
  }

  /** Reads and checks how a drill ended. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readDrillFinished(key: string): Promise<DrillFinishedFact> {
    return this.#read(key, DrillFinishedFact);
  }

  /** Reads and checks how a drill's execution ended that left no result. Throws `Problem` not-found, or invalid. */
  readDrillCutOff(key: string): Promise<DrillCutOffFact> {
    return this.#read(key, DrillCutOffFact);
  }

  /** Reads and checks a signing key. Throws `Problem` not-found, or invalid if it is not one. */
  readSigningKey(key: string): Promise<SigningKeyFact> {
    return this.#read(key, SigningKeyFact);
  }

  /** Records a database's context. `digest`: 12 hex digits of it. */
  recordContext(digest: string, fact: ContextFact): Promise<boolean> {
    return this.#create(contextKey(fact.source, new Date(fact.at), digest), ContextFact, fact);
  }

  /** Reads and checks a database's context. Throws `Problem` not-found, or invalid if it is not one. */
  readContext(key: string): Promise<ContextFact> {
    return this.#read(key, ContextFact);
  }

  /** Records a change of continuous protection. `false` if that was recorded already. */
  recordContinuity(fact: ContinuityFact): Promise<boolean> {
    const key = continuityKey(fact.source, fact.region, new Date(fact.at), fact.fact);
    return this.#create(key, ContinuityFact, fact);
  }

  /** Records a fact about a restore. `false` if that fact was there already; it is then left as it is. */
  recordRestore(name: RestoreFactName, fact: RestoreFact): Promise<boolean> {
    return this.#create(restoreKey(fact.restore, name), RestoreFact, fact);
  }

  /** Reads and checks a fact about a restore; undefined where there is none. Throws `Problem` invalid if it is not one. */
  async readRestore(id: RestoreId, name: RestoreFactName): Promise<RestoreFact | undefined> {
    try {
      return await this.#read(restoreKey(id, name), RestoreFact);
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === "not-found") return undefined;
      throw thrown;
    }
  }

  /** Reads and checks a fact about a point. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readPoint(key: string): Promise<PointFact> {
    return this.#read(key, PointFact);
  }

  /** Reads and checks a fact about a finding. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readFinding(key: string): Promise<FindingFact> {
    return this.#read(key, FindingFact);
  }

  /** Reads and checks a fact about a message. Throws `Problem` not-found, or invalid if it is not such a fact. */
  readMessage(key: string): Promise<MessageFact> {
    return this.#read(key, MessageFact);
  }

  /** Reads and checks what the code of this digest acknowledges. Throws `Problem` not-found, or invalid. */
  readAcknowledgement(sha256: string): Promise<AcknowledgementFact> {
    return this.#read(acknowledgementKey(sha256), AcknowledgementFact);
  }

  /** Reads and checks a source's declaration. Throws `Problem` not-found, or invalid if it is not one. */
  readSource(key: string): Promise<SourceFact> {
    return this.#read(key, SourceFact);
  }

  /** Writes a fact that has no method of its own. `false` if one is under that key; it is then left as it is. */
  record<T>(key: string, schema: z.ZodMiniType<T>, fact: T): Promise<boolean> {
    return this.#create(key, schema, fact);
  }

  /** Reads and checks one. Throws `Problem` not-found, or invalid if it is not such a fact. */
  read<T>(key: string, schema: z.ZodMiniType<T>): Promise<T> {
    return this.#read(key, schema);
  }

  /** Every fact under a prefix, in the order of the keys, page by page (1,000 a call). */
  async *list(prefix: string = catalogPrefix): AsyncGenerator<Entry> {
    for await (const page of this.pages(prefix)) yield* page;
  }

  /** The same, a page at a time, for those who read all: a step of a generator for each fact costs more than the fact. `after`: only keys after this one. */
  async *pages(prefix: string = catalogPrefix, after?: string): AsyncGenerator<Entry[]> {
    let token: string | undefined;
    do {
      const from = after === undefined ? {} : { StartAfter: after };
      const wish = { Bucket: this.bucket, Prefix: prefix, ContinuationToken: token, ...from };
      const command = scanned(new ListObjectsV2Command(wish), { ListObjectsV2Command: scanListing });
      const page: ListObjectsV2CommandOutput & { entries?: Entry[] } = await this.#send(command, prefix);
      yield page.entries ?? (page.Contents ?? []).map(entryOf);
      token = page.NextContinuationToken;
    } while (token);
  }

  /**
   * Brings one fact from the other vault into this one, byte for byte. `false` if it was here already.
   * CopyObject takes `If-None-Match` since 2025 (S3 user guide, conditional writes).
   */
  async mirror(from: Catalog, key: string): Promise<boolean> {
    const source = `${from.bucket}/${encodeURIComponent(key)}`;
    return this.#unlessThere(
      this.#client.send(
        new CopyObjectCommand({ Bucket: this.bucket, Key: key, CopySource: source, IfNoneMatch: "*" }),
      ),
      key,
    );
  }

  #create<T>(key: string, schema: z.ZodMiniType<T>, fact: T): Promise<boolean> {
    return this.#put(key, factText(schema, fact));
  }

  #put(key: string, body: string): Promise<boolean> {
    return this.#unlessThere(
      this.#client.send(
        new PutObjectCommand({
          Bucket: this.bucket,
          Key: key,
          Body: body,
          ContentType: "application/json",
          IfNoneMatch: "*",
        }),
      ),
      key,
    );
  }

  async #unlessThere(write: Promise<unknown>, key: string): Promise<boolean> {
    try {
      await write;
      return true;
    } catch (thrown) {
      // 412: it exists. 409: another write of the same key is under way, which is as good: facts of one key
      // are equal (S3 user guide, conditional writes).
      if (thrown instanceof S3ServiceException && thrown.name === "PreconditionFailed") return false;
      if (thrown instanceof S3ServiceException && thrown.name === "ConditionalRequestConflict") return false;
      throw this.#problem(thrown, key);
    }
  }

  /** Keeps a text that is no fact beside the catalog. `false` if there is one under that key; it is then left as it is. */
  keep(key: string, text: string): Promise<boolean> {
    return this.#put(key, text);
  }

  /** Writes what is overwritten each time: a cache of facts. It is no fact, and nobody mirrors it. */
  async writeIndex(name: IndexName, text: string): Promise<void> {
    const key = indexKey(name);
    try {
      await this.#client.send(
        new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text, ContentType: "application/json" }),
      );
    } catch (thrown) {
      throw this.#problem(thrown, key);
    }
  }

  /** What the watch of this vault's region last saw. Throws `Problem` not-found, or invalid if it is not a report. */
  readStatus(): Promise<StatusReport> {
    return this.#read(indexKey("status"), StatusReport);
  }

  /** When S3 last stored each of what is overwritten, by its key, ISO-8601 UTC. */
  async indexes(): Promise<Map<string, string>> {
    const stored = new Map<string, string>();
    for await (const { key, storedAt } of this.list(indexPrefix)) stored.set(key, storedAt);
    return stored;
  }

  /** How each channel of this vault's region stood at the last look. Throws `Problem` not-found, or invalid. */
  readChannels(): Promise<ChannelsReport> {
    return this.#read(indexKey("channels"), ChannelsReport);
  }

  /** A fact letter by letter, for who checks a signature. Throws `Problem` not-found. */
  async text(key: string): Promise<string> {
    const answer = await this.#send(new GetObjectCommand({ Bucket: this.bucket, Key: key }), key);
    return (await answer.Body?.transformToString()) ?? "";
  }

  async #read<T>(key: string, schema: z.ZodMiniType<T>): Promise<T> {
    const text = await this.text(key);
    try {
      return schema.parse(JSON.parse(text));
    } catch (thrown) {
      throw new Problem(
        "invalid",
        `the fact s3://${this.bucket}/${key} is not what it should be`,
        "Look at its older versions in the vault: facts are never edited, so somebody changed it.",
        thrown,
      );
    }
  }

  async #send<C extends ListObjectsV2Command | GetObjectCommand>(
    command: C,
    key: string,
  ): Promise<Answer<C>> {
    try {
      return (await this.#client.send(command as GetObjectCommand)) as Answer<C>;
    } catch (thrown) {
      throw this.#problem(thrown, key);
    }
  }

  #problem(thrown: unknown, key: string): Problem {
    return awsProblem(thrown, `s3://${this.bucket}/${key}`);
  }
}

function entryOf({
  Key,
  LastModified,
}: {
  Key?: string | undefined;
  LastModified?: Date | undefined;
}): Entry {
  return { key: Key ?? "", storedAt: LastModified?.toISOString() ?? "" };
}

type Answer<C> = C extends {
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer O }>;
}
  ? O
  : never;
