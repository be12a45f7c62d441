import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
} from "@aws-sdk/client-s3";
import { bucketIn, type Held } from "./buckets.ts";
import { holds, matches, refused, same } from "./expect.ts";
import type { Case } from "./place.ts";
import { queueIn } from "./queues.ts";
import { ruleIn } from "./rules.ts";

const configure = ({ s3, bucket }: Held, NotificationConfiguration: NotificationConfiguration) =>
  s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration }));

async function configured({ s3, bucket }: Held) {
  const answer = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
  const { $metadata: _, ...configuration } = answer;
  return configuration;
}

/** Buckets: their events, their region, their end. */
export const s3NoticeCases: Case[] = [
  {
    name: "S3 bucket: EventBridge is switched on beside the queue that is already told, and off again",
    async run(place) {
      const held = await bucketIn(place);
      same("the configuration at first", await configured(held), {});
      const { arn } = await queueIn(place, { from: "s3.amazonaws.com" });
      const QueueConfigurations = [
        {
          Id: "thumbnails",
          QueueArn: arn,
          Events: ["s3:ObjectCreated:*" as const],
          Filter: { Key: { FilterRules: [{ Name: "prefix" as const, Value: "images/" }] } },
        },
      ];
      await configure(held, { QueueConfigurations, EventBridgeConfiguration: {} });
      const both = await configured(held);
      same("EventBridge", both.EventBridgeConfiguration, {});
      const [queue] = both.QueueConfigurations ?? [];
      same("the queue's events", queue?.Events, ["s3:ObjectCreated:*"]);
      same("the queue", queue?.QueueArn, arn);
      same("the queue's id", queue?.Id, "thumbnails");
      same("the filter's value", queue?.Filter?.Key?.FilterRules?.[0]?.Value, "images/");
      // What was read is what can be written back: that is how it is switched on for a bucket of somebody else.
      await configure(held, both);
      same("written back", await configured(held), both);
      await configure(held, {});
      same("the configuration at last", await configured(held), {});
    },
  },
  {
    name: "S3 bucket: Object Created and Object Deleted reach a queue through EventBridge as documented",
    async run(place) {
      const held = await bucketIn(place, { versioned: true });
      await configure(held, { EventBridgeConfiguration: {} });
      const queue = await queueIn(place, { from: "events.amazonaws.com" });
      await ruleIn(place, queue.arn, { source: ["aws.s3"], detail: { bucket: { name: [held.bucket] } } });
      let put = await held.put("a b/ä", "hello");
      const created = await queue.next("Object Created", async () => {
        put = await held.put("a b/ä", "hello");
      });
      same("detail-type", created["detail-type"], "Object Created");
      same("source", created.source, "aws.s3");
      same("version", created.version, "0");
      same("region", created.region, place.here.region);
      same("account", created.account, await place.account());
      same("resources", created.resources, [`arn:aws:s3:::${held.bucket}`]);
      matches("time", created.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const { object, ...detail } = created.detail as Detail;
      same("bucket", detail.bucket, { name: held.bucket });
      same("reason", detail.reason, "PutObject");
      same("detail.version", detail.version, "0");
      same("key, as it is", object.key, "a b/ä");
      same("size", object.size, 5);
      same("etag, without quotes", `"${object.etag}"`, put.etag);
      holds("version-id is there", typeof object["version-id"] === "string");
      matches("sequencer", object.sequencer, /^[0-9A-F]+$/);
      await held.s3.send(new DeleteObjectCommand({ Bucket: held.bucket, Key: "a b/ä" }));
      const deleted = await place.until("Object Deleted", async () => {
        const event = await queue.receive();
        return event?.["detail-type"] === "Object Deleted" ? event : undefined;
      });
      same("deletion-type", (deleted.detail as Detail)["deletion-type"], "Delete Marker Created");
    },
  },
  {
    name: "S3 bucket: one of another region answers 301 PermanentRedirect",
    async run(place) {
      const { bucket } = await bucketIn(place, { clients: place.there });
      const here = place.here.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      await refused("a list from another region", here, { name: /^PermanentRedirect$/, status: 301 });
    },
  },
  {
    name: "S3 bucket: HEAD tells its region",
    async run(place) {
      const { bucket } = await bucketIn(place, { clients: place.there });
      const there = await place.there.s3.send(new HeadBucketCommand({ Bucket: bucket }));
      same("the region", there.BucketRegion, place.there.region);
    },
  },
  {
    name: "S3 bucket: one with objects in it is not deleted: BucketNotEmpty",
    async run(place) {
      const { s3, bucket, put } = await bucketIn(place);
      await put("x", "hello");
      const removed = s3.send(new DeleteBucketCommand({ Bucket: bucket }));
      await refused("its deletion", removed, { name: /^BucketNotEmpty$/, status: 409 });
    },
  },
];

type Detail = Record<string, unknown> & { object: Record<string, unknown> };
