import type { Readable } from "node:stream";
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { awsProblem } from "../core/aws-error.ts";

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

  constructor(client: S3Client) {
    this.#client = client;
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
