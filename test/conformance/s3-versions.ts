import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
} from "@aws-sdk/client-s3";
import { bucketIn, type Held } from "./buckets.ts";
import { holds, present, refused, same } from "./expect.ts";
import type { Case } from "./place.ts";

const remove = ({ s3, bucket }: Held, Key: string, VersionId?: string, BypassGovernanceRetention?: true) =>
  s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId, BypassGovernanceRetention }));

/** Versions, delete markers and Object Lock: what a vault stands on. */
export const s3VersionCases: Case[] = [
  {
    name: "S3 versions: every write is a version of its own, and each is read by its id",
    async run(place) {
      const held = await bucketIn(place, { versioned: true });
      const one = present("the first version", (await held.put("x", "one")).versionId);
      const two = present("the second version", (await held.put("x", "two")).versionId);
      holds("the versions differ", one !== two);
      same("the first", await held.text("x", one), "one");
      same("the second", await held.text("x", two), "two");
      same("the newest", await held.text("x"), "two");
      const head = await held.s3.send(new HeadObjectCommand({ Bucket: held.bucket, Key: "x" }));
      same("HEAD's version", head.VersionId, two);
    },
  },
  {
    name: "S3 versions: deleting leaves a delete marker: reads say 404, the versions stay",
    async run(place) {
      const held = await bucketIn(place, { versioned: true });
      const { versionId } = await held.put("x", "one");
      const gone = await remove(held, "x");
      same("DeleteMarker", gone.DeleteMarker, true);
      const marker = present("the marker's version", gone.VersionId);
      const at = { Bucket: held.bucket, Key: "x" };
      await refused("GET", held.text("x"), { name: /^NoSuchKey$/, status: 404 });
      await refused("HEAD", held.s3.send(new HeadObjectCommand(at)), { name: /^NotFound$/, status: 404 });
      const get = held.s3.send(new GetObjectCommand({ ...at, VersionId: marker }));
      await refused("GET of the marker itself", get, { name: /^MethodNotAllowed$/, status: 405 });
      same("the version behind it", await held.text("x", versionId), "one");
    },
  },
  {
    name: "S3 versions: removing the delete marker brings the object back, removing the version ends it",
    async run(place) {
      const held = await bucketIn(place, { versioned: true });
      const { versionId } = await held.put("x", "one");
      const marker = (await remove(held, "x")).VersionId;
      const removed = await remove(held, "x", present("the marker's version", marker));
      same("DeleteMarker", removed.DeleteMarker, true);
      same("the object", await held.text("x"), "one");
      await remove(held, "x", present("the version", versionId));
      await refused("GET", held.text("x"), { name: /^NoSuchKey$/, status: 404 });
    },
  },
  {
    name: "S3 versions: the list has every version and marker, the newest of a key first and marked",
    async run(place) {
      const held = await bucketIn(place, { versioned: true });
      const one = (await held.put("x", "one")).versionId;
      const two = (await held.put("x", "two")).versionId;
      await held.put("y", "y");
      const marker = (await remove(held, "x")).VersionId;
      const answer = await held.s3.send(new ListObjectVersionsCommand({ Bucket: held.bucket, Prefix: "x" }));
      const versions = answer.Versions?.map(({ VersionId, IsLatest, Size }) => ({
        VersionId,
        IsLatest,
        Size,
      }));
      same("the versions", versions, [
        { VersionId: two, IsLatest: false, Size: 3 },
        { VersionId: one, IsLatest: false, Size: 3 },
      ]);
      const markers = answer.DeleteMarkers?.map(({ VersionId, IsLatest }) => ({ VersionId, IsLatest }));
      same("the markers", markers, [{ VersionId: marker, IsLatest: true }]);
    },
  },
  {
    name: "S3 versions: an unknown version is refused, and a key that is not there gets a marker",
    async run(place) {
      const held = await bucketIn(place, { versioned: true });
      const { versionId } = await held.put("x", "one");
      await remove(held, "x", versionId);
      await refused("GET", held.text("x", versionId), { name: /^NoSuchVersion$/, status: 404 });
      same("DeleteMarker", (await remove(held, "never")).DeleteMarker, true);
    },
  },
  {
    name: "S3 versions: many keys are deleted at once, each with its marker or its own refusal",
    async run(place) {
      const held = await bucketIn(place, { versioned: true });
      await held.put("a b", "x");
      const { versionId } = await held.put("c", "x");
      const Objects = [{ Key: "a b" }, { Key: "c", VersionId: versionId }];
      const answer = await held.s3.send(
        new DeleteObjectsCommand({ Bucket: held.bucket, Delete: { Objects } }),
      );
      const deleted = (answer.Deleted ?? []).toSorted((a, b) => ((a.Key ?? "") < (b.Key ?? "") ? -1 : 1));
      same(
        "the keys",
        deleted.map(({ Key }) => Key),
        ["a b", "c"],
      );
      same("the first one's marker", deleted[0]?.DeleteMarker, true);
      same("the second one's version", deleted[1]?.VersionId, versionId);
      same("errors", answer.Errors, undefined);
    },
  },
  {
    name: "S3 lock: a version under retention is not deleted (AccessDenied), hidden it can be",
    async run(place) {
      const held = await bucketIn(place, { lock: true });
      const until = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 86_400_000);
      const { versionId } = await held.put("x", "one", {
        ObjectLockMode: "GOVERNANCE",
        ObjectLockRetainUntilDate: until,
      });
      const at = { Bucket: held.bucket, Key: "x", VersionId: versionId };
      const head = await held.s3.send(new HeadObjectCommand(at));
      same("the mode", head.ObjectLockMode, "GOVERNANCE");
      same("the date", head.ObjectLockRetainUntilDate?.toISOString(), until.toISOString());
      await refused("its deletion", remove(held, "x", versionId), { name: /^AccessDenied$/, status: 403 });
      same("a marker", (await remove(held, "x")).DeleteMarker, true);
      same("the version behind it", await held.text("x", versionId), "one");
      await remove(held, "x", versionId, true);
      await refused("GET", held.text("x", versionId), { name: /^NoSuchVersion$/, status: 404 });
    },
  },
];
