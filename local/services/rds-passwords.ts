import { randomBytes } from "node:crypto";
import { AwsError } from "../twin.ts";
import type { Database, RdsState } from "./rds-state.ts";

/**
 * A master password that RDS itself makes and keeps in Secrets Manager (RDS user guide, password management). A
 * database whose password is managed already keeps it. Gives a new password, to be set.
 */
export function keepPassword(state: RdsState, database: Database): string | undefined {
  if (database.settings.masterSecretArn) return undefined;
  const { kind, resourceId, masterUsername: username } = database;
  const [noun, prefix] = kind === "cluster" ? ["Cluster", "cluster"] : ["Instance", "db"];
  const password = randomBytes(14).toString("hex");
  const made = secrets(state, database, "CreateSecret", {
    Name: `rds!${prefix}-${resourceId.split("-")[1]?.toLowerCase()}`,
    SecretString: JSON.stringify({ username, password }),
    Tags: [
      { Key: `aws:rds:primaryDB${noun}Arn`, Value: state.arnOf(database) },
      { Key: "aws:secretsmanager:owningService", Value: "rds" },
    ],
  });
  database.settings.masterSecretArn = made.ARN;
  return password;
}

/** The secret goes with its database. */
export function forgetPassword(state: RdsState, database: Database): void {
  const { masterSecretArn: SecretId } = database.settings;
  if (SecretId) secrets(state, database, "DeleteSecret", { SecretId, ForceDeleteWithoutRecovery: true });
}

function secrets(state: RdsState, { region }: Database, operation: string, input: Record<string, unknown>) {
  const service = state.twin.service("secretsmanager");
  if (!service)
    throw new AwsError("NotEmulated", "not emulated: managed passwords without Secrets Manager", 501);
  const call = { service: "secretsmanager", region, operation, input, principal: "rds" } as const;
  return service.operations[operation]?.(input, call) as { ARN: string };
}
