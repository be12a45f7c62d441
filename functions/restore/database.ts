import { cloneTagNames, type Owner } from "../core/clone.ts";
import type { Hydration } from "../core/hydrate.ts";
import { Problem } from "../core/problem.ts";
import { tagNames } from "../core/provider.ts";
import type { RestoredDatabase, RestoreRequest } from "../core/restore.ts";
import type { Steps } from "../core/workflow.ts";
import type { Change } from "../databases/change.ts";
import type { Database } from "../databases/describe.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { DatabasePlan, Renaming } from "./database-plan.ts";
import type { Begun } from "./end.ts";
import { hydrateDatabase } from "./hydrate.ts";
import { renameAll } from "./rename.ts";

/** AWS restores what is large for hours, and a snapshot of it is not sooner. */
const long = { timeoutSeconds: 24 * 3_600, everySeconds: 15, upToSeconds: 60 };

/** What a part of a restore is given. `begin` says that a step of the plan begins. */
export type Run = {
  request: RestoreRequest;
  owner: Owner;
  steps: Steps;
  world: RestoreWorld;
  begin(step: string): Promise<void>;
  /** The steps that have begun. */
  readonly begun: readonly Begun[];
};

/** Restores a database as it was planned. Whatever it throws, `discardDatabase` (discard.ts) takes back what it did. */
export async function restoreDatabase(
  plan: DatabasePlan,
  run: Run,
): Promise<{ database: RestoredDatabase; hydration?: Hydration }> {
  const { steps, world, begin } = run;
  await prebackup(plan, run);
  await parameterGroups(plan, run);
  await optionGroup(plan, run);

  await begin("restore");
  const { made, origin, settings } = plan;
  await steps.step("restore", () => world.databases.restore(made, origin, settings, run.owner));
  let database = (await steps.until("restored", () => world.databases.arriving(made), long)) as Database;
  if (plan.members.length > 0) {
    await begin("instances");
    const cluster = { id: made.id, engine: database.engine };
    for (const one of plan.members)
      await steps.step(`add instance ${one.id}`, () => world.databases.addInstance(cluster, one, run.owner));
    const all = async () => {
      const found = await world.databases.arriving(made);
      return found && found.instances.length >= plan.members.length ? found : undefined;
    };
    database = (await steps.until("instances available", all, long)) as Database;
  }
  if (Object.keys(plan.change).length > 0) {
    await begin("settings");
    database = await change(plan, run, "settings", plan.change);
  }
  const { hydration: wish } = plan;
  const read = wish && { hydration: await hydrateDatabase({ ...plan, hydration: wish }, run, database) };

  // From here on it stays. Nobody stops it among its renames: what was there before may be without its name.
  await begin("keep");
  const sure = { ...run, steps: steps.always };
  if (plan.deletionProtection) await change(plan, sure, "protection", { deletionProtection: true });
  await sure.steps.step("keep", () => keep(plan, world));
  if (made.id === plan.name) return { database: describe(database), ...read };
  await begin("swap");
  const back = (await renameAll(renamings(plan, database), "swap", sure.steps, world)) ?? database;
  const replaced = plan.replaces && { replaced: replacedBy(plan.replaces) };
  return { database: { ...describe(back), ...replaced }, ...read };
}

async function prebackup({ prebackup, name, made }: DatabasePlan, run: Run): Promise<void> {
  if (!prebackup) return;
  const { steps, world, request } = run;
  await run.begin("pre-backup");
  const { snapshot, point } = prebackup;
  // Of a point of the source the reconciler knows by these tags that its plan keeps it like any other.
  const tags = point
    ? { [tagNames.source]: request.source, [tagNames.point]: point }
    : { [cloneTagNames.restore]: request.id };
  const take = async () => {
    await world.databases.snapshot({ ...made, id: name }, snapshot, tags);
    return true;
  };
  // One at a time: what is there may be at a snapshot of its plan.
  await steps.until("take pre-backup", take, long);
  const available = async () => {
    const status = await world.databases.snapshotStatus(made.kind, snapshot);
    if (status !== "failed") return status === "available" || undefined;
    const fix = "Look at its events in the RDS console; nothing has been changed.";
    throw new Problem("internal", `the snapshot ${snapshot} of what is there failed`, fix);
  };
  await steps.until("pre-backup available", available, long);
}

async function parameterGroups({ groups }: DatabasePlan, run: Run): Promise<void> {
  const needed = groups.filter(({ make }) => make);
  if (needed.length > 0) await run.begin("parameter groups");
  for (const { kind, name, make } of needed) {
    if (make)
      await run.steps.step(`make parameter group ${name}`, () =>
        run.world.databases.ensureParameterGroup(kind, { name, ...make }, run.owner),
      );
  }
}

async function optionGroup({ options }: DatabasePlan, run: Run): Promise<void> {
  const { name, make } = options ?? {};
  if (!name || !make) return;
  await run.begin("option group");
  const { optionGroups } = run.world.databases;
  await run.steps.step(`make option group ${name}`, () => optionGroups.ensure(name, make, run.owner));
}

/** A database that has just become available may be at its first backup: it is asked until it takes the change. */
async function change({ made }: DatabasePlan, run: Run, what: string, wish: Change): Promise<Database> {
  const { databases } = run.world;
  const accept = async () => {
    const found = await databases.arriving(made);
    if (!found) return undefined;
    const { manageMasterPassword: _, ...rest } = wish;
    await databases.change(made, found.masterSecretArn ? rest : wish);
    return true;
  };
  await run.steps.until(`${what} accepted`, accept, long);
  return (await run.steps.until(`${what} applied`, () => databases.arriving(made), long)) as Database;
}

async function keep({ made, groups, options }: DatabasePlan, { databases }: RestoreWorld): Promise<void> {
  if (options?.make) await databases.optionGroups.keep(options.name);
  for (const { kind, name, make } of groups) if (make) await databases.keepParameterGroup(kind, name);
  const found = await databases.describe(made);
  if (found) return databases.keep(found);
  throw new Problem("not-found", `${made.id} has gone`, "Look who deleted it; nothing else was changed.");
}

/** First all that is there goes away, then all that was made takes its names: the database itself last. */
function renamings({ replaces, name, memberNames }: DatabasePlan, made: Database): Renaming[] {
  const { kind, id, resourceId } = made;
  const members: Renaming[] =
    kind === "cluster"
      ? made.instances.map((one, index) => ({
          ...{ kind: "instance" as const, id: one.id, resourceId: one.resourceId },
          to: memberNames[index] ?? one.id,
        }))
      : [];
  return [...(replaces?.away ?? []), ...members, { kind, id, resourceId, to: name }];
}

function replacedBy({ away }: NonNullable<DatabasePlan["replaces"]>): RestoredDatabase["replaced"] {
  const [first] = away;
  if (!first) return undefined;
  const instances = away
    .filter(({ kind }) => kind === "instance")
    .map(({ id, resourceId, to }) => ({ id: to, resourceId, was: id }));
  return { id: first.to, resourceId: first.resourceId, instances };
}

function describe(database: Database): RestoredDatabase {
  const { kind, id, resourceId, arn, endpoint, keyArn, masterSecretArn } = database;
  return {
    ...{ kind, id, resourceId, arn },
    ...(endpoint ? { endpoint } : {}),
    ...(keyArn ? { keyArn } : {}),
    ...(masterSecretArn ? { masterSecretArn } : {}),
    instances: database.instances.map((one) => ({ id: one.id, resourceId: one.resourceId })),
  };
}
