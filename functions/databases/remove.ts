import { DeleteDBClusterCommand, DeleteDBInstanceCommand, type RDSClient } from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import type { Database } from "./describe.ts";

/**
 * Begins or goes on deleting a database with its instances, without a final snapshot: whoever calls has made sure that
 * it is scratch. What is being deleted already is left to AWS. Throws `Problem`.
 */
export async function remove(client: RDSClient, database: Database): Promise<void> {
  const going = (status: string) => status === "deleting";
  const SkipFinalSnapshot = true;
  if (database.kind === "instance") {
    if (going(database.status)) return;
    const own = { DBInstanceIdentifier: database.id, SkipFinalSnapshot, DeleteAutomatedBackups: true };
    await quietly(client.send(new DeleteDBInstanceCommand(own)), database.id);
    return;
  }
  for (const { id, status } of database.instances) {
    if (!going(status))
      await quietly(client.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: id })), id);
  }
  if (going(database.status)) return;
  // Refused while an instance is not being deleted yet: a conflict, which the next call finds solved.
  const own = { DBClusterIdentifier: database.id, SkipFinalSnapshot, DeleteAutomatedBackups: true };
  await quietly(client.send(new DeleteDBClusterCommand(own)), database.id);
}

async function quietly(call: Promise<unknown>, id: string): Promise<void> {
  try {
    await call;
  } catch (thrown) {
    const problem = rdsProblem(thrown, id);
    if (problem.code !== "not-found") throw problem;
  }
}
