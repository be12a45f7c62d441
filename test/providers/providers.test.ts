import { describe } from "vitest";
import type { Source, SourceKind } from "../../functions/core/source.ts";
import { environmentOf, hourly } from "../core/situation.ts";
import { putUp } from "../simulation/fleet.ts";
import { worldIn } from "../worlds.ts";
import { continuousContract, providerContract, type Subject, snapshotContract } from "./contract.ts";

const sources: Source[] = [
  { name: "db0", kind: "rds-instance", instance: "db0", plan: hourly },
  { name: "au0", kind: "rds-cluster", cluster: "au0", plan: hourly },
  { name: "uploads", kind: "bucket", bucket: "acme-uploads", deletions: "keep", plan: hourly },
  { name: "erp", kind: "archives", bucket: "acme-dumps", prefix: "", arrivesSeconds: 86_400, plan: hourly },
];

describe.each(sources)("$kind", (source) => {
  const make = async (): Promise<Subject> => {
    const environment = environmentOf(source);
    const { twin, clock } = await putUp(environment, { manualSnapshotsMax: 500 });
    const provider = (region: string) =>
      worldIn(twin, environment, region).providers[source.kind as SourceKind];
    return { environment, source, twin, clock, provider };
  };
  providerContract(make);
  if (source.kind !== "rds-instance" && source.kind !== "rds-cluster") return;
  snapshotContract(make);
  continuousContract(make);
});
