import { Duration } from "aws-cdk-lib";
import type { Environment } from "../../functions/core/environment.ts";
import { regionalArn } from "./arns.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Task } from "./task.ts";

/** What RDS allows in the names of databases, as restores write their instant. */
const instant = "????????t??????z";

/**
 * What reads restored databases whole, in the region's network that the environment names for it, if it does. It is asked
 * by restores alone.
 */
export function addHydrator(
  plane: ControlPlane,
  environment: Environment,
  { region, restore }: { region: string; restore: Task },
): void {
  const role = region === environment.primaryRegion ? "primary" : "recovery";
  const network = environment.restores?.hydrate?.[role];
  if (!network) return;
  const hydrate = plane.addTask("hydrate", {
    // It ends before the restore that waits for it would. The database does the work.
    timeout: Duration.minutes(13),
    memoryMiB: 256,
    network,
    certificates: "/var/runtime/ca-cert.pem",
  });
  grantReadPasswords(environment, region, hydrate);
  hydrate.letInvoke(restore);
}

/**
 * The secrets that sources name; and of those that RDS keeps, by the tag that it gives them, those of databases that
 * restores have made under names of their own: never a source's, nor that of one which gave way.
 */
function grantReadPasswords(environment: Environment, region: string, task: Task): void {
  const instances = environment.sources.filter((source) => source.kind === "rds-instance");
  const named = instances.flatMap(({ hydrate }) => hydrate?.secretArn ?? []);
  task.allow(["secretsmanager:GetSecretValue"], [...new Set(named.map((arn) => inRegion(arn, region)))]);
  const rds = (name: string) => regionalArn(environment, "rds", region, `db:${name}`);
  const tag = "aws:ResourceTag/aws:rds:primaryDBInstanceArn";
  // A long identifier is cut, so that all of the instant fits in.
  const names = instances.map(({ instance }) =>
    rds(`${instance.slice(0, 46).replace(/-+$/, "")}*-${instant}`),
  );
  task.allow(
    ["secretsmanager:GetSecretValue"],
    [regionalArn(environment, "secretsmanager", region, "secret:rds!db-*")],
    {
      why: "RDS names the secret; the condition allows only those of databases that restores have made.",
      when: {
        StringLike: { [tag]: names },
        StringNotLike: { [tag]: [rds(`*-before-${instant}`), rds(`*-undone-${instant}`)] },
      },
    },
  );
}

/** Secrets Manager's replica of a secret has its ARN, but for the region. */
function inRegion(arn: string, region: string): string {
  const parts = arn.split(":");
  return [...parts.slice(0, 3), region, ...parts.slice(4)].join(":");
}
