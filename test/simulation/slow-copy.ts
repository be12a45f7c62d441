import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { AwsError, type Call, type Twin } from "../../local/twin.ts";

/**
 * CopyObject as it is with large objects: what is copied is read at once, and the copy appears much later, when
 * `landing` resolves; only then its conditions on the destination are looked at.
 */
export async function slowCopy(twin: Twin, call: Call, landing: Promise<void>): Promise<unknown> {
  const { Bucket, Key, CopySource, CopySourceIfMatch, IfMatch, IfNoneMatch, StorageClass } = call.input;
  const [bucket = "", ...path] = String(CopySource).split("/");
  const from = { Bucket: bucket, Key: decodeURIComponent(path.join("/")) };
  const s3 = (operation: string, input: Record<string, unknown>, region = "eu-west-1") =>
    twin.call({ service: "s3", region, operation, input, principal: "s3" });
  const read = (await s3("GetObject", from)) as GetObjectCommandOutput;
  if (CopySourceIfMatch && CopySourceIfMatch !== read.ETag)
    throw new AwsError("PreconditionFailed", "the source is another", 412);
  const { TagSet } = (await s3("GetObjectTagging", from)) as { TagSet: { Key: string; Value: string }[] };
  const Body = await read.Body?.transformToByteArray();
  await landing;
  const Tagging = new URLSearchParams(TagSet.map((tag): [string, string] => [tag.Key, tag.Value])).toString();
  const { Metadata, ContentType } = read;
  const about = { Metadata, ContentType, StorageClass, Tagging };
  const put = (await s3(
    "PutObject",
    { Bucket, Key, Body, ...about, IfMatch, IfNoneMatch },
    call.region,
  )) as Record<string, unknown>;
  return { CopyObjectResult: put, CopySourceVersionId: read.VersionId };
}
