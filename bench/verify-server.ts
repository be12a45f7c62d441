import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { diskBlobs } from "../local/blobs.ts";
import { realClock } from "../local/clock.ts";
import { serve } from "../local/server.ts";
import { s3Service } from "../local/services/s3.ts";
import { Twin } from "../local/twin.ts";

/*
 * The stand-in's S3 over HTTP in a process of its own, with the archives to verify in it. Arguments: the folder of the
 * archives, a folder for the stored objects, the bucket to fill, and the vault to put up. Prints its address.
 */
const [archives = "", stored = "", Bucket = "", vault = ""] = process.argv.slice(2);
const twin = new Twin({ clock: realClock });
twin.register(s3Service(twin, diskBlobs(stored)));
twin.register({ name: "events", operations: { PutEvents: () => ({ FailedEntryCount: 0, Entries: [{}] }) } });
const call = (operation: string, input: Record<string, unknown>) =>
  twin.call({ service: "s3", region: "eu-west-1", operation, input, principal: "bench" });
for (const name of [Bucket, vault]) {
  await call("CreateBucket", {
    Bucket: name,
    CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
  });
  await call("PutBucketVersioning", { Bucket: name, VersioningConfiguration: { Status: "Enabled" } });
}
for (const Key of readdirSync(archives)) {
  await call("PutObject", { Bucket, Key, Body: createReadStream(join(archives, Key)) });
}
const { url } = await serve(twin);
process.stdout.write(`${url}\n`);
