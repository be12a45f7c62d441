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
import { factText } from "../core/fact.ts";
import { Problem } from "../core/problem.ts";
import { scanned } from "../scan.ts";
import { catalogPrefix, type IndexName, indexKey, indexPrefix } from "./keys.ts";
import { type Entry, scanListing } from "./listing.ts";

/**
 * Facts of any kind in a vault: created once with `If-None-Match: *`, never edited, listed and read. The catalog
 * (catalog.ts) knows the kinds. Every method throws only `Problem`.
 */
export class Facts {
  readonly #client: S3Client;
  readonly bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.bucket = bucket;
  }

  /** Writes a fact that has no method of its own. `false` if one is under that key; it is then left as it is. */
  record<T>(key: string, schema: z.ZodMiniType<T>, fact: T): Promise<boolean> {
    return this.#put(key, factText(schema, fact));
  }

  /** Reads and checks one. Throws `Problem` not-found, or invalid if it is not such a fact. */
  async read<T>(key: string, schema: z.ZodMiniType<T>): Promise<T> {
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
  async mirror(from: Facts, key: string): Promise<boolean> {
    const source = `${from.bucket}/${encodeURIComponent(key)}`;
    return this.#unlessThere(
      this.#client.send(
        new CopyObjectCommand({ Bucket: this.bucket, Key: key, CopySource: source, IfNoneMatch: "*" }),
      ),
      key,
    );
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
  writeIndex(name: IndexName, text: string): Promise<void> {
    return this.overwrite(indexKey(name), text);
  }

  /** Writes what is no fact and may be there already. */
  protected async overwrite(key: string, text: string): Promise<void> {
    try {
      await this.#client.send(
        new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text, ContentType: "application/json" }),
      );
    } catch (thrown) {
      throw this.#problem(thrown, key);
    }
  }

  /** When S3 last stored each of what is overwritten, by its key, ISO-8601 UTC. */
  async indexes(): Promise<Map<string, string>> {
    const stored = new Map<string, string>();
    for await (const { key, storedAt } of this.list(indexPrefix)) stored.set(key, storedAt);
    return stored;
  }

  /** A fact letter by letter, for who checks a signature. Throws `Problem` not-found. */
  async text(key: string): Promise<string> {
    const answer = await this.#send(new GetObjectCommand({ Bucket: this.bucket, Key: key }), key);
    return (await answer.Body?.transformToString()) ?? "";
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
