import { createHash } from "node:crypto";
import { parseFindingKey, parsePointKey } from "../../functions/catalog/keys.ts";
import type { PointFact } from "../../functions/core/fact.ts";
import type { ArchivesSource } from "../../functions/core/source.ts";
import type { Call } from "../../functions/glue.ts";
import { type VerifyMessage, verify } from "../../functions/verify/verify.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { s3Service } from "../../local/services/s3.ts";
import { Twin } from "../../local/twin.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUpVaults, worldIn } from "../worlds.ts";

export const erp: ArchivesSource = {
  name: "erp",
  kind: "archives",
  bucket: "acme-dumps",
  prefix: "erp/",
  arrivesSeconds: 86_400,
  plan: hourly,
};

export const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** A drop under `erp/`, the two vaults, and the verify task of each region, in the stand-in. */
export async function putUpDrop() {
  const environment = environmentOf(erp);
  const clock = new VirtualClock();
  const twin = new Twin({ clock });
  twin.register(kmsService(twin));
  twin.register(s3Service(twin, memoryBlobs()));
  const published: { type: string; detail: Record<string, unknown> }[] = [];
  twin.register({
    name: "events",
    operations: {
      PutEvents({ Entries }) {
        for (const { DetailType, Detail } of Entries)
          published.push({ type: DetailType, detail: JSON.parse(Detail) });
        return { FailedEntryCount: 0, Entries: [{}] };
      },
    },
  });
  await putUpVaults(twin, environment);
  const s3 = (operation: string, input: Record<string, unknown>, region = "eu-west-1") =>
    twin.call({ service: "s3", region, operation, input, principal: "user" });
  await s3("CreateBucket", { Bucket: erp.bucket });
  await s3("PutBucketVersioning", { Bucket: erp.bucket, VersioningConfiguration: { Status: "Enabled" } });
  const world = worldIn(twin, environment, "eu-west-1");
  const recovery = worldIn(twin, environment, "eu-central-1");

  /** Runs the task once, as the queue does. */
  const run = (message: VerifyMessage, call: Partial<Call> = {}, where = world) =>
    verify(message, where, { remainingMs: () => 900_000, lastTry: false, ...call });
  const put = async (name: string, body: Buffer | string) => {
    clock.advance(60_000);
    await s3("PutObject", { Bucket: erp.bucket, Key: `erp/${name}`, Body: Buffer.from(body) });
  };
  const created = (name: string): VerifyMessage => ({
    source: "aws.s3",
    "detail-type": "Object Created",
    detail: { bucket: { name: erp.bucket }, object: { key: `erp/${name}` } },
  });
  /** Puts an object, and runs the task on its event. */
  const arrives = async (name: string, body: Buffer | string, call: Partial<Call> = {}) => {
    await put(name, body);
    await run(created(name), call);
  };
  /** Every fact of a name about the drop's points, by the archive's key without the prefix. */
  const facts = async (name: string, where = world): Promise<Record<string, PointFact>> => {
    const found: Record<string, PointFact> = {};
    for await (const { key } of where.catalog.list()) {
      if (parsePointKey(key)?.name !== name) continue;
      const fact = await where.catalog.readPoint(key);
      found[fact.archive?.key.split("/").at(-1) ?? key] = fact;
    }
    return found;
  };
  /** The findings that are open, as "kind: message". */
  const open = async (where = world): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of where.catalog.list("catalog/findings/")) keys.push(key);
    const found: string[] = [];
    for (const key of keys) {
      if (parseFindingKey(key)?.name !== "opened" || keys.includes(key.replace("opened", "ended"))) continue;
      const { finding } = await where.catalog.readFinding(key);
      found.push(`${finding.kind}: ${finding.message}`);
    }
    return found;
  };
  /** Brings the primary vault's facts into the recovery region's, as its reconciler does. */
  const mirror = async () => {
    for await (const { key } of world.catalog.list()) await recovery.catalog.mirror(world.catalog, key);
  };
  return { twin, clock, s3, world, recovery, run, put, created, arrives, facts, open, mirror, published };
}
