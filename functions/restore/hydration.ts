import { Problem } from "../core/problem.ts";
import type { PlannedStep } from "../core/restore.ts";
import { identifierOf } from "../core/source.ts";
import type { Change } from "../databases/change.ts";
import type { DatabaseView } from "./database-view.ts";

/** That a restored database is read whole. `secretArn`: as whom; absent where RDS keeps the master's password itself. */
export type HydrationPlan = { secretArn?: string };

/** What the step does, and what it calls. */
export const hydrateStep: Omit<PlannedStep, "does"> = {
  name: "hydrate",
  calls: ["lambda:InvokeFunction", "secretsmanager:GetSecretValue"],
};

/**
 * Whether and how a restored database is to be read whole. Only the volumes of DB instances load their blocks when they are
 * first read (RDS user guide, restoring from a snapshot). Throws `Problem` for what was asked and cannot be, with what to
 * declare.
 */
export function planHydration(view: DatabaseView, change: Change): { plan?: HydrationPlan; notes: string[] } {
  const { request, source } = view;
  if (!request.hydrate) return { notes: [] };
  if (source.kind === "rds-cluster") {
    const note =
      "It is not read whole: Aurora has all of its data in the cluster's volume before it is available, and loads nothing later.";
    return { notes: [note] };
  }
  holdToNetwork(view);
  const { engine = "" } = view.context?.context ?? {};
  if (engine !== "" && !/postgres|mysql|mariadb/.test(engine)) {
    const fix = "Leave --hydrate out: PostgreSQL, MySQL and MariaDB can be read whole.";
    throw new Problem("unsupported", `a database of engine "${engine}" cannot be read whole`, fix);
  }
  const secretArn = source.hydrate && inRegion(source.hydrate.secretArn, view.region);
  if (!secretArn && !change.manageMasterPassword) {
    throw new Problem(
      "invalid",
      `it is not known as whom to read ${identifierOf(source)}: RDS does not keep its master password`,
      `Declare a secret at the source "${source.name}": hydrate: { secretArn: "arn:…" }, and deploy; or leave --hydrate out.`,
    );
  }
  if (!secretArn && !hasOwnName(view)) {
    throw new Problem(
      "invalid",
      `the password that RDS keeps of "${view.target.id}" may not be read: only those of databases named after a source may`,
      `Write --as ${identifierOf(source)}-<something>, or declare a secret at the source: hydrate: { secretArn: "arn:…" }.`,
    );
  }
  const standby = "Only what answers is read: a standby in another zone has a volume of its own.";
  return {
    plan: secretArn ? { secretArn } : {},
    notes: view.context?.context.multiAz ? [standby] : [],
  };
}

/** Whether the restore's role may give the name: that of a declared instance, or one that begins with it. */
export function hasOwnName({ environment, target }: Pick<DatabaseView, "environment" | "target">): boolean {
  return environment.sources.some(
    (source) =>
      source.kind === "rds-instance" &&
      (target.id === source.instance || target.id.startsWith(`${source.instance}-`)),
  );
}

function holdToNetwork({ environment, region }: DatabaseView): void {
  const role = region === environment.primaryRegion ? "primary" : "recovery";
  if (environment.restores?.hydrate?.[role]) return;
  throw new Problem(
    "invalid",
    `there is no network declared from which a restored database is read whole in ${region}`,
    `Write restores: { hydrate: { ${role}: { subnetIds: ["subnet-…"], securityGroupIds: ["sg-…"] } } } in the environment file and deploy, or leave --hydrate out.`,
  );
}

/** Secrets Manager's replica of a secret has its ARN, but for the region. */
function inRegion(arn: string, region: string): string {
  const parts = arn.split(":");
  return [...parts.slice(0, 3), region, ...parts.slice(4)].join(":");
}
