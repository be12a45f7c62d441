import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { run } from "../../cli/run.ts";
import { Catalog } from "../../functions/catalog/catalog.ts";
import type { Environment } from "../../functions/core/environment.ts";
import { vaultName } from "../../functions/core/names.ts";
import { Problem } from "../../functions/core/problem.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import local from "../../infra/environments/local.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { kmsService } from "../../local/services/kms.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { AwsError, Twin } from "../../local/twin.ts";
import { putUpVaults, worldIn } from "../worlds.ts";

/** What one run of the command printed, and its exit code. */
export type Ran = { code: number; out: string; err: string; json: Record<string, never> };

/**
 * The local environment, or a given one, in a stand-in, its database and buckets included, with the command beside it. While the
 * command waits, the virtual clock goes on and both regions' reconcilers make their passes.
 */
export async function bench(environment: Environment = local) {
  const twin = new Twin({ clock: new VirtualClock("2026-11-21T03:00:00Z") });
  const clock = twin.clock as VirtualClock;
  const published: { type: string; detail: Record<string, string> }[] = [];
  const away = new Set<string>();
  for (const service of [kmsService(twin), s3Service(twin, memoryBlobs()), rdsService(twin)])
    twin.register(service);
  twin.register({
    name: "events",
    operations: {
      PutEvents({ Entries }: { Entries: { DetailType: string; Detail: string }[] }) {
        for (const one of Entries) published.push({ type: one.DetailType, detail: JSON.parse(one.Detail) });
        return { FailedEntryCount: 0, Entries: Entries.map(() => ({})) };
      },
    },
  });
  await putUpVaults(twin, environment);
  const call = (service: "s3" | "rds", operation: string, input: Record<string, unknown>) =>
    twin.call({ service, region: "eu-west-1", operation, input, principal: "test" });
  await call("rds", "CreateDBInstance", { DBInstanceIdentifier: "orders-db", StorageEncrypted: true });
  for (const Bucket of ["acme-uploads", "acme-dumps"]) {
    await call("s3", "CreateBucket", {
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
    });
  }
  // Off while the bench is being put up, so that only what runs later meets it.
  twin.interceptors.push((one, proceed) => {
    if (away.has(one.region)) throw new AwsError("ServiceUnavailable", `${one.region} is away`, 503);
    return proceed();
  });
  const primary = worldIn(twin, environment, "eu-west-1");
  const recovery = worldIn(twin, environment, "eu-central-1");

  const s3 = connect(new S3Client({ region: "eu-west-1" }), {
    twin,
    service: "s3",
    region: "eu-west-1",
    errorClass: S3ServiceException,
  });

  /** Lets so much time pass, with a pass of both reconcilers in each minute of it. */
  const pass = async (ms: number) => {
    const endMs = clock.now() + ms;
    while (clock.now() < endMs) {
      clock.advanceTo(Math.min(endMs, clock.now() + 60_000));
      if (!away.has("eu-west-1")) await reconcile(primary);
      if (!away.has("eu-central-1")) await reconcile(recovery);
    }
  };

  const hold = async (
    line: string,
    more: { variables?: NodeJS.ProcessEnv; onWait?: () => Promise<void>; principal?: string } = {},
  ): Promise<Ran> => {
    let out = "";
    let err = "";
    const code = await run(split(line), {
      folder: "test/cli/no-such-folder",
      reach: async () => ({
        async account(region) {
          if (away.has(region))
            throw new Problem("unavailable", `STS in ${region} timed out`, "It is tried again later.");
          return local.account;
        },
        // A region and an environment that are not there have no key to look up either; local's serves.
        world: (wanted: Environment, region: string) =>
          wanted.name === environment.name
            ? worldIn(twin, wanted, region, more.principal)
            : { ...primary, catalog: new Catalog(s3, vaultName(wanted, region)) },
      }),
      now: () => new Date(clock.now()),
      async wait(ms) {
        await (more.onWait ? more.onWait() : pass(ms));
      },
      tell: (text) => {
        err += `${text}\n`;
      },
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      variables: more.variables ?? { HOLDFAST_ENV: "local", HOLDFAST_REGIONS: "eu-west-1,eu-central-1" },
    });
    const json = out.startsWith("{") ? JSON.parse(out) : {};
    return { code, out, err, json };
  };

  return { twin, clock, primary, recovery, published, away, pass, hold, call };
}

function split(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}
