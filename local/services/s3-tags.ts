import type { GetObjectTaggingCommandInput, PutObjectTaggingCommandInput } from "@aws-sdk/client-s3";
import type { Operation } from "../twin.ts";
import { AwsError } from "../twin.ts";
import { checkedTags } from "./s3-about.ts";
import { tellTagged } from "./s3-events.ts";
import { keyOf, nameOf } from "./s3-objects.ts";
import type { About, Bucket, Data, Store } from "./s3-state.ts";
import { versionId, versionRead } from "./s3-versions.ts";

/** GetObjectTagging, PutObjectTagging and DeleteObjectTagging: tags change in place, without a new version. */
export function tagOperations(store: Store): Record<string, Operation> {
  const put = (bucket: Bucket, data: Data, key: string, tags: About["tags"]) => {
    data.tags = tags;
    tellTagged(store, bucket, key, data);
    return versionId(bucket, data);
  };
  return {
    GetObjectTagging(input: GetObjectTaggingCommandInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const data = tagged(bucket, input);
      return { TagSet: data.tags.map((tag) => ({ ...tag })), ...versionId(bucket, data) };
    },
    PutObjectTagging(input: PutObjectTaggingCommandInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      const tags = checkedTags((input.Tagging?.TagSet ?? []) as About["tags"]);
      return put(bucket, tagged(bucket, input), keyOf(input), tags);
    },
    DeleteObjectTagging(input: GetObjectTaggingCommandInput, call) {
      const bucket = store.bucket(nameOf(input), call);
      return put(bucket, tagged(bucket, input), keyOf(input), []);
    },
  };
}

function tagged(bucket: Bucket, input: GetObjectTaggingCommandInput): Data {
  const version = versionRead(bucket, keyOf(input), input.VersionId);
  if (version.kind === "data") return version;
  throw new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405);
}
