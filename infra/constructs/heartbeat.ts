import { Duration } from "aws-cdk-lib";
import type { Environment } from "../../functions/core/environment.ts";
import type { ControlPlane } from "./control-plane.ts";
import { runEvery } from "./schedule.ts";

/** The heartbeats' interval: what was lost is known to the minute. */
export const beatEveryMinutes = 1;

/** For each database whose source asks for it, what writes a row each minute from within its own network. */
export function addHeartbeats(plane: ControlPlane, { sources }: Environment): void {
  for (const source of sources) {
    if ((source.kind !== "rds-instance" && source.kind !== "rds-cluster") || !source.heartbeat) continue;
    const { secretArn, database, subnetIds, securityGroupIds } = source.heartbeat;
    const task = plane.addTask("heartbeat", {
      of: source.name,
      timeout: Duration.seconds(30),
      memoryMiB: 256,
      network: { subnetIds, securityGroupIds },
      certificates: "/var/runtime/ca-cert.pem",
    });
    task.allow(["secretsmanager:GetSecretValue"], [secretArn]);
    runEvery(plane, `Heartbeat-${source.name}-Schedule`, beatEveryMinutes, task, {
      input: { secretArn, ...(database ? { database } : {}) },
    });
  }
}
