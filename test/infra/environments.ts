import type { Environment } from "../../functions/core/environment.ts";
import { loadEnvironment } from "../../infra/load-environment.ts";

/** The protected environment. */
export const prod: Environment = await loadEnvironment("prod");

/** One that cleans up after itself. */
export const dev: Environment = await loadEnvironment("dev");

/** Protected, with a bucket whose deletions reach the replica and keys of the customer's own. */
export const propagating: Environment = {
  ...prod,
  sources: prod.sources.map((source) =>
    source.kind === "bucket"
      ? { ...source, deletions: "propagate", keyArn: "arn:aws:kms:eu-west-1:111122223333:key/uploads" }
      : source,
  ),
};

/** The bucket names that the environment's sources live in. */
export function sourceBuckets({ sources }: Environment): string[] {
  return sources.flatMap((source) => ("bucket" in source ? [source.bucket] : []));
}

/** Protected, with drills of its bucket alone. */
export const bucketDrilled: Environment = {
  ...prod,
  sources: prod.sources.map((source): Environment["sources"][number] => {
    const { drill, ...rest } = source.plan;
    return source.kind === "bucket" ? source : { ...source, plan: rest };
  }),
};

/** Protected, with networks in both regions from which restored databases are read, and a secret to read them with. */
export const hydrating: Environment = {
  ...prod,
  restores: {
    hydrate: {
      primary: { subnetIds: ["subnet-0123456789abcdef0"], securityGroupIds: ["sg-0123456789abcdef0"] },
      recovery: { subnetIds: ["subnet-0123456789abcdef1"], securityGroupIds: ["sg-0123456789abcdef1"] },
    },
  },
  sources: prod.sources.map((source) =>
    source.kind === "rds-instance"
      ? {
          ...source,
          hydrate: { secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-reader-AbCdEf" },
        }
      : source,
  ),
};

/** Protected, with a heartbeat in its database. */
export const beating: Environment = {
  ...prod,
  sources: prod.sources.map((source) =>
    source.kind === "rds-instance"
      ? {
          ...source,
          heartbeat: {
            secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-beat-AbCdEf",
            database: "shop",
            subnetIds: ["subnet-0123456789abcdef0"],
            securityGroupIds: ["sg-0123456789abcdef0"],
          },
        }
      : source,
  ),
};
