import { RDSClient } from "@aws-sdk/client-rds";
import { expect, test } from "vitest";
import { tagNames } from "../../functions/core/provider.ts";
import { rdsClusterProvider } from "../../functions/providers/rds-cluster.ts";
import { rdsInstanceProvider } from "../../functions/providers/rds-instance.ts";
import { scanningSnapshots } from "../../functions/providers/rds-scan.ts";
import { serve } from "../../local/server.ts";
import type { Snapshot } from "../../local/services/rds-state.ts";
import { fleet, putUp } from "../simulation/fleet.ts";

const region = "eu-central-1";

test.each(["ordinary", "a & b <c>", "", "grün"])(
  "a client that scans snapshots sees what one that does not sees, with the tag value %j",
  async (value) => {
    const environment = fleet(1, 1);
    const { twin, rds } = await putUp(environment, { manualSnapshotsMax: 1_000 });
    for (const kind of ["instance", "cluster"] as const) {
      for (let index = 0; index < 120; index++) {
        const one = snapshot(kind, index, value);
        rds.state.snapshots.set(rds.state.arnOf(one), one);
      }
    }
    const serving = await serve(twin);
    const settings = {
      endpoint: serving.url,
      region,
      credentials: { accessKeyId: "test", secretAccessKey: "none" },
    };
    const at = { environment, region, vaultKeyArn: "arn" };

    for (const provider of [rdsInstanceProvider, rdsClusterProvider]) {
      const scanning = provider({ ...at, client: scanningSnapshots(new RDSClient(settings)) });
      const plain = provider({ ...at, client: new RDSClient(settings) });

      const seen = await scanning.observe();
      expect(seen.artefacts).toHaveLength(120);
      expect(seen).toEqual(await plain.observe());
      const { id = "" } = seen.artefacts[7] ?? {};
      expect(await scanning.inspect(id)).toEqual(await plain.inspect(id));
      expect(await scanning.inspect("no-such-snapshot")).toBeUndefined();
    }
    await serving.close();
  },
);

/** Of every second one some members are missing: those of an unencrypted one that is still being made. */
function snapshot(kind: Snapshot["kind"], index: number, value: string): Snapshot {
  const done = index % 2 === 0;
  return {
    ...{ kind, region, id: `test-db0-${index}`, of: "db0", engine: "postgres", engineVersion: "18.4" },
    ...{ type: "manual", status: done ? "available" : "creating", percent: done ? 100 : 7, sizeGiB: index },
    createdMs: Date.parse("2026-11-21T03:00:01.234Z"),
    ...(done ? { keyArn: "arn:key", copiedFromArn: `arn:aws:rds:eu-west-1:0:snapshot:${index}` } : {}),
    tags: index % 3 === 0 ? [] : [{ Key: tagNames.source, Value: value }],
  };
}
