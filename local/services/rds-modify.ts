import { AwsError, type Operation } from "../twin.ts";
import { keepBackups } from "./rds-backups.ts";
import { holdToGroups } from "./rds-groups.ts";
import { keepPassword } from "./rds-passwords.ts";
import { readSettings, type Settings } from "./rds-settings.ts";
import { clusterShape, instanceShape } from "./rds-shapes.ts";
import type { Database, RdsState } from "./rds-state.ts";
import { apply, begin, type Change } from "./rds-tasks.ts";

type Input = Record<string, unknown>;

/**
 * What waits for the maintenance window unless ApplyImmediately is given (RDS user guide, settings for DB
 * instances). Here that window never comes, so that nobody relies on it.
 */
const waiting = ["instanceClass", "multiAz", "iops", "storageType", "port", "subnetGroup"] as const;
/** Takes no time: the answer already shows it. */
const atOnce = [
  "deletionProtection",
  "copyTagsToSnapshot",
  "autoMinorVersionUpgrade",
  "promotionTier",
] as const;

/** Changing, renaming and rebooting databases. */
export function modifyOperations(state: RdsState): Record<string, Operation> {
  return {
    ModifyDBInstance(input, { region }) {
      const database = state.database("instance", region, input.DBInstanceIdentifier);
      if (database.clusterId && (input.MasterUserPassword ?? input.BackupRetentionPeriod) !== undefined)
        throw new AwsError("InvalidParameterCombination", "That is managed by the DB cluster.");
      modify(state, database, "ModifyDBInstance", input);
      return { DBInstance: instanceShape(state, database) };
    },
    ModifyDBCluster(input, { region }) {
      const database = state.database("cluster", region, input.DBClusterIdentifier);
      if (input.BackupRetentionPeriod !== undefined && Number(input.BackupRetentionPeriod) < 1)
        throw new AwsError("InvalidParameterValue", "A cluster's backups are kept for at least 1 day.");
      modify(state, database, "ModifyDBCluster", input);
      return { DBCluster: clusterShape(state, database) };
    },
    RebootDBInstance(input, { region }) {
      const database = state.database("instance", region, input.DBInstanceIdentifier);
      holdToAvailable(database);
      const seconds = (state.options.changeSeconds ?? (() => 60))();
      begin(state, database, { do: "reboot" }, { status: "rebooting", seconds });
      return { DBInstance: instanceShape(state, database) };
    },
  };
}

function holdToAvailable({ kind, id, status }: Database): void {
  if (status === "available") return;
  const code = kind === "instance" ? "InvalidDBInstanceState" : "InvalidDBClusterStateFault";
  throw new AwsError(code, `${id} is in state ${status}, not available.`);
}

function modify(state: RdsState, database: Database, operation: string, input: Input): void {
  holdToAvailable(database);
  const { kind, region } = database;
  const change = read(state, database, operation, input);
  const { now, later } = split(database, change, input.ApplyImmediately === true);
  if (later) database.pending = { ...database.pending, ...later };
  else if (input.ApplyImmediately === true) delete database.pending;
  holdToGroups(state, kind, region, { ...now.settings });
  const quick: Partial<Settings> = {};
  for (const name of atOnce)
    if (now.settings && name in now.settings) Object.assign(quick, { [name]: now.settings[name] });
  apply(state, database, { settings: quick });
  const slow = Object.keys(now.settings ?? {}).some((name) => !(atOnce as readonly string[]).includes(name));
  if (!slow && now.newId === undefined && now.password === undefined) return;
  const status = now.newId ? "renaming" : now.password ? "resetting-master-credentials" : "modifying";
  begin(
    state,
    database,
    { do: "change", change: now },
    {
      status,
      seconds: (state.options.changeSeconds ?? (() => 60))(),
      after: () => keepBackups(state, database),
    },
  );
}

function read(state: RdsState, database: Database, operation: string, input: Input): Change {
  const { kind, region, settings } = database;
  const cluster = kind === "cluster";
  const idName = cluster ? "DBClusterIdentifier" : "DBInstanceIdentifier";
  const own = [
    idName,
    `New${idName}`,
    "ApplyImmediately",
    "MasterUserPassword",
    "ManageMasterUserPassword",
    "CloudwatchLogsExportConfiguration",
  ];
  const given = readSettings(operation, input, own);
  const exports = input.CloudwatchLogsExportConfiguration as
    | { EnableLogTypes?: string[]; DisableLogTypes?: string[] }
    | undefined;
  if (exports) {
    const { EnableLogTypes = [], DisableLogTypes = [] } = exports;
    const kept = settings.logExports.filter((type) => !DisableLogTypes.includes(type));
    given.logExports = [...new Set([...kept, ...EnableLogTypes])];
  }
  const password = passwordOf(state, database, input);
  if (password !== undefined && !/^[ -~]{8,128}$/.test(password.replace(/[/"@]/g, "\n")))
    throw new AwsError("InvalidParameterValue", "The parameter MasterUserPassword is not a valid password.");
  const newId = input[`New${idName}`] as string | undefined;
  return {
    settings: given,
    ...(password === undefined ? {} : { password }),
    ...(newId === undefined ? {} : { newId: state.newDatabaseId(kind, region, newId) }),
  };
}

function passwordOf(state: RdsState, database: Database, input: Input): string | undefined {
  const { MasterUserPassword: given, ManageMasterUserPassword: managed } = input;
  if (managed === undefined) return given as string | undefined;
  if (given !== undefined)
    throw new AwsError("InvalidParameterCombination", "Give a password, or have RDS manage it, not both.");
  if (managed !== true)
    throw new AwsError("NotEmulated", "not emulated: to end the management of a password", 501);
  return keepPassword(state, database);
}

/** What happens now and what in the maintenance window; an immediate call takes what waited along. */
function split(
  { settings, pending }: Database,
  { settings: given = {}, password, newId }: Change,
  immediately: boolean,
): { now: Change; later?: Change } {
  if (immediately) {
    const all = { settings: { ...pending?.settings, ...given } };
    const name = newId ?? pending?.newId;
    return { now: { ...all, ...(password ? { password } : {}), ...(name ? { newId: name } : {}) } };
  }
  const now: Record<string, unknown> = {};
  const later: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    // Turning automated backups on or off waits; another number of days does not.
    const switched = name === "retentionDays" && (value === 0) !== (settings.retentionDays === 0);
    const waits = switched || (waiting as readonly string[]).includes(name);
    (waits ? later : now)[name] = value;
  }
  const empty = Object.keys(later).length === 0 && newId === undefined;
  return {
    now: { settings: now, ...(password ? { password } : {}) },
    ...(empty ? {} : { later: { settings: later, ...(newId ? { newId } : {}) } }),
  };
}
