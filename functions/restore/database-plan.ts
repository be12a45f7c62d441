import { snapshotId } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import { appended, type PlanFact, type PlannedStep, restoreStamp } from "../core/restore.ts";
import { slotOf } from "../core/slot.ts";
import { identifierOf } from "../core/source.ts";
import type { DatabaseRef } from "../databases/describe.ts";
import type { MemberSettings } from "../databases/restore.ts";
import type { DatabaseView } from "./database-view.ts";
import { type HydrationPlan, hasOwnName, hydrateStep, planHydration } from "./hydration.ts";
import { approvalSteps, withExpectations } from "./plan.ts";
import { type Applied, applyContext } from "./settings.ts";

/** Something that exists and is to be called otherwise. */
export type Renaming = { kind: DatabaseRef["kind"]; id: string; resourceId: string; to: string };

/** All that a database's restore does, decided before it does anything. */
export type DatabasePlan = Omit<Applied, "members" | "notes"> & {
  fact: PlanFact;
  origin: DatabaseView["origin"];
  /** Under which name it is made, and which it has in the end. */
  made: DatabaseRef;
  name: string;
  members: MemberSettings[];
  /** What has the name now, and what of it is renamed, in this order; absent where nothing is replaced. */
  replaces?: { id: string; away: Renaming[] };
  /** The names that the instances of a cluster have in the end, in the order of `members`. */
  memberNames: string[];
  /** The snapshot of what is replaced. `point`: it is a point of the source, which its plan keeps like any other. */
  prebackup?: { snapshot: string; point?: string };
  /** That it is read whole before it gets its name. */
  hydration?: HydrationPlan;
};

/**
 * Plans the restore of a database: what is made of what, under which names, with which settings, in which steps. Pure.
 * Throws `Problem` for what cannot be done as it was asked.
 */
export function planDatabase(view: DatabaseView): DatabasePlan {
  const { request, source, target, chosen } = view;
  holdToName(target.id);
  const { members, notes, ...applied } = applyContext(view);
  const replaces = replacing(view);
  const hydration = planHydration(view, applied.change);
  // What users know by its name has it only when it is warm; nobody knows another name yet.
  const apart = replaces !== undefined || (hydration.plan !== undefined && hasOwnName(view));
  const stamp = restoreStamp(request.id);
  const made = { kind: target.kind, id: apart ? appended(target.id, stamp) : target.id };
  const named = nameMembers(view, made.id, members);
  const prebackup = replaces && request.replace?.prebackup ? prebackupOf(view) : undefined;
  const plan = {
    ...applied,
    ...{ origin: view.origin, made, name: target.id, members: named },
    memberNames: finalNames(view, named),
    ...(replaces ? { replaces } : {}),
    ...(prebackup ? { prebackup } : {}),
    ...(hydration.plan ? { hydration: hydration.plan } : {}),
  };
  const more = [...(chosen.notes ?? []), ...notes, ...hydration.notes];
  if (request.replace && !replaces)
    more.push(`Nothing is called ${target.id} in ${view.region}: nothing is replaced.`);
  if (request.replace && !request.replace.prebackup && replaces)
    more.push(
      `No fresh point of ${target.id} is taken first: what was written since its last one is only in it.`,
    );
  const fact: PlanFact = {
    ...(chosen.point ? { point: chosen.point } : {}),
    dataAt: view.dataAt,
    verified: chosen.verified ?? false,
    from: view.from,
    into: `${target.kind === "cluster" ? "Aurora cluster" : "DB instance"} ${target.id} in ${view.region}`,
    steps: withExpectations(
      [...approvalSteps(view.environment, request), ...stepsOf(plan, source.kind === "rds-cluster")],
      view.past,
    ),
    notes: more,
  };
  return { ...plan, fact };
}

/** RDS user guide: 1 to 63 letters, digits and hyphens, a letter first, no hyphen last, no two together. */
function holdToName(id: string): void {
  if (/^(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) return;
  const fix = "Write letters, digits and single hyphens, a letter first, at most 63.";
  throw new Problem("invalid", `"${id}" is no name that RDS gives to a database`, fix);
}

/** What is in the way of the name, and the names that it is given. */
function replacing({ request, there, target, region, environment }: DatabaseView): DatabasePlan["replaces"] {
  if (!there) return undefined;
  if (!request.replace) {
    throw new Problem(
      "conflict",
      `there is a database ${target.id} in ${region} already`,
      "Write --as <another name>, or --replace to have it give way.",
    );
  }
  const declared = environment.sources.some((source) => identifierOf(source) === target.id);
  if (!declared) {
    throw new Problem(
      "invalid",
      `${target.id} is no database of this environment, and only those give way`,
      "Restore under a name that is free (--as).",
    );
  }
  if (there.state === "failed") {
    throw new Problem(
      "invalid",
      `${target.id} is in status "${there.status}", in which RDS does not rename it to give way`,
      "Restore under another name (--as).",
    );
  }
  const before = (id: string) => appended(id, `before-${restoreStamp(request.id)}`);
  const away = there.instances.map(({ id, resourceId }) => ({
    ...{ kind: "instance" as const, id, resourceId },
    to: before(id),
  }));
  if (there.kind === "instance") return { id: before(there.id), away };
  const { kind, id, resourceId } = there;
  return { id: before(id), away: [{ kind, id, resourceId, to: before(id) }, ...away] };
}

function nameMembers(view: DatabaseView, cluster: string, members: Applied["members"]): MemberSettings[] {
  if (view.target.kind === "instance") return [];
  const tags = view.context?.context.tags ?? {};
  const { instanceClass } = view.request;
  const all = members.length > 0 || !instanceClass ? members : [{ instanceClass, tags }];
  if (all.length === 0) {
    throw new Problem(
      "invalid",
      `it is not known which instances ${identifierOf(view.source)} had, and a cluster without one cannot be reached`,
      "Write --class <DB instance class>, like db.r7g.large.",
    );
  }
  const own = (view.context?.context.instances ?? []).map(({ id }) => id);
  // Under its own name and with nobody in the way, a cluster's instances have their own names too.
  const free = !view.there && cluster === identifierOf(view.source) && view.takenNames.length === 0;
  return all.map((one, index) => ({
    ...one,
    id: (free ? own[index] : undefined) ?? appended(cluster, String(index + 1)),
  }));
}

/** After a swap the instances have the names of those that gave way, as far as there were as many. */
function finalNames({ there, target }: DatabaseView, members: readonly MemberSettings[]): string[] {
  if (!there) return members.map(({ id }) => id);
  const names = there.instances.map(({ id }) => id);
  return members.map((_, index) => names[index] ?? appended(target.id, String(index + 1)));
}

/** The source itself gets a point like any other; another database a snapshot that nobody deletes. */
function prebackupOf({ source, target, region, environment, request, now, minuteTaken }: DatabaseView) {
  const point = slotOf(new Date(now));
  if (region === environment.primaryRegion && target.id === identifierOf(source) && !minuteTaken)
    return { snapshot: snapshotId(environment, source.name, point), point };
  return { snapshot: appended(target.id, `before-${restoreStamp(request.id)}`) };
}

type Unsaid = Omit<DatabasePlan, "fact">;

function stepsOf(plan: Unsaid, cluster: boolean): PlannedStep[] {
  const kind = cluster ? "Cluster" : "Instance";
  const snapshot = "snapshot" in plan.origin;
  const from = snapshot ? (cluster ? "FromSnapshot" : "FromDBSnapshot") : "ToPointInTime";
  const { replaces, prebackup, groups, members, name, made } = plan;
  const create = groups.filter(({ make }) => make);
  const steps: (PlannedStep | undefined | false)[] = [
    prebackup && {
      name: "pre-backup",
      does: `Takes the snapshot ${prebackup.snapshot} of ${name}, as it is now, and waits until it is available`,
      calls: cluster
        ? ["rds:CreateDBClusterSnapshot", "rds:DescribeDBClusterSnapshots"]
        : ["rds:CreateDBSnapshot", "rds:DescribeDBSnapshots"],
    },
    create.length > 0
      ? {
          name: "parameter groups",
          does: `Makes ${create.map((one) => one.name).join(", ")} with the values of then`,
          calls: unique(create.flatMap((one) => groupCalls(one.kind))),
        }
      : undefined,
    plan.options?.make && {
      name: "option group",
      does: `Makes ${plan.options.name} with the options of then`,
      calls: ["rds:DescribeOptionGroups", "rds:CreateOptionGroup", "rds:ModifyOptionGroup"],
    },
    {
      name: "restore",
      does: `Restores ${made.id} and waits until it is available`,
      calls: [
        `rds:RestoreDB${kind}${from}`,
        `rds:DescribeDB${kind}s`,
        ...(cluster && snapshot ? ["rds:DescribeDBClusterSnapshots"] : []),
      ],
    },
    members.length > 0
      ? {
          name: "instances",
          does: `Gives it ${members.length} instance(s), ${members.map(({ id }) => id).join(", ")}`,
          calls: ["rds:CreateDBInstance", "rds:DescribeDBInstances", "rds:DescribeDBClusters"],
        }
      : undefined,
    Object.keys(plan.change).length > 0
      ? {
          name: "settings",
          does: `Applies what a restore does not take: ${Object.keys(plan.change).map(words).join(", ")}`,
          calls: [`rds:ModifyDB${kind}`, `rds:DescribeDB${kind}s`],
        }
      : undefined,
    plan.hydration && {
      ...hydrateStep,
      does: `Reads all of ${made.id}, so that no user waits for what its volume has not loaded yet`,
    },
    {
      name: "keep",
      does: `Makes it stay${plan.deletionProtection ? ", protected against deletion" : ""}`,
      calls: [
        ...(plan.deletionProtection ? [`rds:ModifyDB${kind}`] : []),
        "rds:RemoveTagsFromResource",
        `rds:DescribeDB${kind}s`,
      ],
    },
    made.id !== name && {
      name: "swap",
      does: replaces
        ? `Renames ${name} to ${replaces.id}, and ${made.id} to ${name}`
        : `Renames ${made.id} to ${name}`,
      calls: cluster
        ? ["rds:ModifyDBCluster", "rds:ModifyDBInstance", "rds:DescribeDBClusters"]
        : ["rds:ModifyDBInstance", "rds:DescribeDBInstances"],
    },
  ];
  return steps.filter((step) => step !== undefined && step !== false);
}

function groupCalls(kind: "instance" | "cluster"): string[] {
  const noun = kind === "instance" ? "DBParameterGroup" : "DBClusterParameterGroup";
  return [`rds:Describe${noun}s`, `rds:Create${noun}`, `rds:Modify${noun}`];
}

function words(change: string): string {
  return (
    { monitoring: "monitoring", manageMasterPassword: "a master password that RDS manages" }[change] ?? change
  );
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
