import type { Database, RdsState } from "./rds-state.ts";

/** What RDS tells of databases: number, category and text for an instance and for a cluster (RDS user guide). */
const messages = {
  created: [
    ["RDS-EVENT-0005", "creation", "DB instance created"],
    ["RDS-EVENT-0170", "creation", "DB cluster created"],
  ],
  deleted: [
    ["RDS-EVENT-0003", "deletion", "DB instance deleted"],
    ["RDS-EVENT-0171", "deletion", "DB cluster deleted"],
  ],
  recovered: [
    ["RDS-EVENT-0019", "restoration", "Restored from a point in time"],
    ["RDS-EVENT-0170", "creation", "DB cluster created"],
  ],
  restarted: [["RDS-EVENT-0006", "availability", "DB instance restarted"], undefined],
  "password reset": [
    ["RDS-EVENT-0016", "configuration change", "Reset master credentials"],
    ["RDS-EVENT-0016", "configuration change", "Reset master credentials"],
  ],
  "backups off": [["RDS-EVENT-0028", "configuration change", "Automated backups disabled"], undefined],
} as const;

/** One event about a database as RDS sends it to EventBridge. */
export function tellDatabase(state: RdsState, database: Database, what: keyof typeof messages): void {
  const cluster = database.kind === "cluster";
  const message = messages[what][cluster ? 1 : 0];
  if (!message) return;
  const [EventID, category, Message] = message;
  const SourceArn = state.arnOf(database);
  state.twin.emit({
    source: "aws.rds",
    "detail-type": cluster ? "RDS DB Cluster Event" : "RDS DB Instance Event",
    region: database.region,
    resources: [SourceArn],
    detail: {
      EventCategories: [category],
      SourceType: cluster ? "CLUSTER" : "DB_INSTANCE",
      SourceArn,
      Date: new Date(state.twin.clock.now()).toISOString(),
      Message,
      SourceIdentifier: database.id,
      EventID,
    },
  });
}
