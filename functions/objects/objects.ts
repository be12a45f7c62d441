import type { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { headOf, type ObjectHead, type ObjectRef, objectProblem, toSecond } from "./about.ts";
import { copyObject } from "./copy.ts";
import { type Erased, eraseVersions } from "./erase.ts";
import { histories, type KeyHistory } from "./history.ts";
import type { Copied, CopyWish } from "./wish.ts";

/** One line of a listing. */
export type Listed = {
  key: string;
  sizeBytes: number;
  etag: string;
  /** ISO-8601 UTC, to the second. Of an object uploaded in parts: when the upload began. */
  lastModified: string;
  storageClass: string;
};

/**
 * Objects in the buckets of one region, for tasks that move and read data. Every method throws only `Problem`;
 * `throttled` and `unavailable` may be repeated later.
 */
export class Objects {
  readonly #client: S3Client;
  readonly #other: S3Client;

  /** `other`: a client of the region that copies come from. */
  constructor(client: S3Client, other: S3Client) {
    this.#client = client;
    this.#other = other;
  }

  /**
   * Copies an object from a bucket of the other region into one of this region, inside S3, whatever its size.
   * Gives `undefined` if a condition of the wish did not hold: source or destination are not what they were.
   * Throws `Problem`; `unsupported` for an object in an archive class, which needs a restore first.
   */
  async copy(wish: CopyWish): Promise<Copied | undefined> {
    try {
      return await copyObject(this.#client, this.#other, wish);
    } catch (thrown) {
      if (wish.replaces && thrown instanceof Error && lostRaces.has(thrown.name)) return undefined;
      throw objectProblem(thrown, `copying ${place(wish.from)} to s3://${wish.to.bucket}/${wish.to.key}`);
    }
  }

  /** The same from a bucket of this region. */
  async copyHere(wish: CopyWish): Promise<Copied | undefined> {
    return new Objects(this.#client, this.#client).copy(wish);
  }

  /** Hides a key behind a delete marker; its versions stay. Repeatable. Throws `Problem`. */
  async hide({ bucket, key }: { bucket: string; key: string }): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    } catch (thrown) {
      throw objectProblem(thrown, place({ bucket, key }));
    }
  }

  /**
   * Deletes every version of every object under a prefix for good, unless Object Lock keeps one: then all stay, and it
   * says until when. Repeatable. Throws `Problem`.
   */
  async erase(at: { bucket: string; prefix: string }, now: Date): Promise<Erased> {
    try {
      return await eraseVersions(this.#client, at, now);
    } catch (thrown) {
      throw objectProblem(thrown, `s3://${at.bucket}/${at.prefix}`);
    }
  }

  /** What S3 says of the object; `undefined` where there is none or its newest version is a delete marker. */
  async head(ref: ObjectRef): Promise<ObjectHead | undefined> {
    try {
      const answer = await this.#client.send(
        new HeadObjectCommand({
          Bucket: ref.bucket,
          Key: ref.key,
          VersionId: ref.versionId,
          ChecksumMode: "ENABLED",
        }),
      );
      return headOf(answer);
    } catch (thrown) {
      const problem = objectProblem(thrown, place(ref));
      if (problem.code === "not-found") return undefined;
      throw problem;
    }
  }

  /** The object's tags, in one canonical text. Throws `Problem` not-found. */
  async tags(ref: ObjectRef): Promise<string> {
    const input = { Bucket: ref.bucket, Key: ref.key, VersionId: ref.versionId };
    const { TagSet = [] } = await this.#client
      .send(new GetObjectTaggingCommand(input))
      .catch((thrown: unknown) => {
        throw objectProblem(thrown, place(ref));
      });
    return JSON.stringify(TagSet.map(({ Key, Value }) => [Key, Value]).sort());
  }

  /** Every current object under a prefix in the order of its keys, after the key `after` if given; 1,000 a call. */
  async *list(at: { bucket: string; prefix?: string; after?: string }): AsyncGenerator<Listed> {
    let token: string | undefined;
    do {
      const page = await this.#client
        .send(
          new ListObjectsV2Command({
            Bucket: at.bucket,
            Prefix: at.prefix,
            StartAfter: at.after,
            ContinuationToken: token,
          }),
        )
        .catch((thrown: unknown) => {
          throw objectProblem(thrown, `s3://${at.bucket}/${at.prefix ?? ""}`);
        });
      for (const object of page.Contents ?? []) {
        yield {
          key: object.Key ?? "",
          sizeBytes: object.Size ?? 0,
          etag: object.ETag ?? "",
          lastModified: toSecond(object.LastModified),
          storageClass: object.StorageClass ?? "STANDARD",
        };
      }
      token = page.NextContinuationToken;
    } while (token);
  }

  /** Every key under a prefix with what it was at some instants (ISO-8601 UTC), out of its versions. Throws `Problem`. */
  async *histories(
    at: { bucket: string; prefix?: string; after?: string },
    instants: readonly string[],
  ): AsyncGenerator<KeyHistory> {
    try {
      yield* histories(this.#client, at, instants);
    } catch (thrown) {
      throw objectProblem(thrown, `s3://${at.bucket}/${at.prefix ?? ""}`);
    }
  }

  /** Whether a bucket of this region is there, and keeps every version of its objects. Throws `Problem`. */
  async bucket(name: string): Promise<{ versioned: boolean } | undefined> {
    try {
      const { Status } = await this.#client.send(new GetBucketVersioningCommand({ Bucket: name }));
      return { versioned: Status === "Enabled" };
    } catch (thrown) {
      const problem = objectProblem(thrown, `s3://${name}`);
      if (problem.code === "not-found") return undefined;
      throw problem;
    }
  }

  /** Opens an object for one pass. The caller reads it to its end or destroys it. Throws `Problem` not-found. */
  async open(ref: ObjectRef): Promise<Readable> {
    try {
      const answer = await this.#client.send(
        new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key, VersionId: ref.versionId }),
      );
      return answer.Body as Readable;
    } catch (thrown) {
      throw objectProblem(thrown, place(ref));
    }
  }
}

/** A condition failed, another write won, or the object went away meanwhile (S3 user guide, conditional writes). */
const lostRaces = new Set([
  "PreconditionFailed",
  "ConditionalRequestConflict",
  "OperationAborted",
  "NoSuchKey",
  "NotFound",
]);

function place({ bucket, key, versionId }: ObjectRef): string {
  return `s3://${bucket}/${key}${versionId ? ` (version ${versionId})` : ""}`;
}
