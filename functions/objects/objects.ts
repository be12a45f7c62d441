import type { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from "@aws-sdk/client-s3";
import { awsProblem } from "../core/aws-error.ts";
import { type Copied, type CopyWish, copyObject } from "./copy.ts";

/** Which object: without `versionId`, the current version. */
export type ObjectRef = { bucket: string; key: string; versionId?: string };

/** What S3 says of one object. */
export type ObjectHead = {
  sizeBytes: number;
  etag: string;
  versionId?: string;
  /** ISO-8601 UTC. */
  lastModified: string;
  storageClass: string;
  /** The full-object checksum that S3 keeps, as `algorithm:base64`, where it keeps one. */
  checksum?: string;
  /** User metadata and the headers that S3 keeps, in one canonical text: equal texts, equal objects in that respect. */
  about: string;
};

/** One line of a listing. */
export type Listed = {
  key: string;
  sizeBytes: number;
  etag: string;
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
   * Gives `undefined` if it was wished `ifAbsent` and there is one. Throws `Problem`.
   */
  async copy(wish: CopyWish): Promise<Copied | undefined> {
    try {
      return await copyObject(this.#client, this.#other, wish);
    } catch (thrown) {
      if (wish.ifAbsent && thrown instanceof Error && thrown.name === "PreconditionFailed") return undefined;
      throw awsProblem(thrown, `copying ${place(wish.from)} to s3://${wish.to.bucket}/${wish.to.key}`);
    }
  }

  /** Hides a key behind a delete marker; its versions stay. Repeatable. Throws `Problem`. */
  async hide({ bucket, key }: { bucket: string; key: string }): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    } catch (thrown) {
      throw awsProblem(thrown, place({ bucket, key }));
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
      return {
        sizeBytes: answer.ContentLength ?? 0,
        etag: answer.ETag ?? "",
        lastModified: answer.LastModified?.toISOString() ?? "",
        storageClass: answer.StorageClass ?? "STANDARD",
        about: JSON.stringify([
          Object.entries(answer.Metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
          answer.ContentType,
          answer.CacheControl,
          answer.ContentDisposition,
          answer.ContentEncoding,
          answer.ContentLanguage,
          answer.WebsiteRedirectLocation,
        ]),
        ...(answer.VersionId ? { versionId: answer.VersionId } : {}),
        ...(answer.ChecksumCRC64NVME ? { checksum: `crc64nvme:${answer.ChecksumCRC64NVME}` } : {}),
      };
    } catch (thrown) {
      const problem = awsProblem(thrown, place(ref));
      if (problem.code === "not-found") return undefined;
      throw problem;
    }
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
          throw awsProblem(thrown, `s3://${at.bucket}/${at.prefix ?? ""}`);
        });
      for (const object of page.Contents ?? []) {
        yield {
          key: object.Key ?? "",
          sizeBytes: object.Size ?? 0,
          etag: object.ETag ?? "",
          lastModified: object.LastModified?.toISOString() ?? "",
          storageClass: object.StorageClass ?? "STANDARD",
        };
      }
      token = page.NextContinuationToken;
    } while (token);
  }

  /** Opens an object for one pass. The caller reads it to its end or destroys it. Throws `Problem` not-found. */
  async open(ref: ObjectRef): Promise<Readable> {
    try {
      const answer = await this.#client.send(
        new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key, VersionId: ref.versionId }),
      );
      return answer.Body as Readable;
    } catch (thrown) {
      throw awsProblem(thrown, place(ref));
    }
  }
}

function place({ bucket, key, versionId }: ObjectRef): string {
  return `s3://${bucket}/${key}${versionId ? ` (version ${versionId})` : ""}`;
}
