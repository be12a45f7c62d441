import type { DatabaseContext } from "../core/context.ts";
import { appended, restoreStamp } from "../core/restore.ts";
import type { Change } from "../databases/change.ts";
import type { MemberSettings, RestoreSettings } from "../databases/restore.ts";
import type { DatabaseView } from "./database-view.ts";
import { type NeededOptions, neededOptions } from "./options.ts";

/** A parameter group that a restore needs: `make` says that it is not here with these values yet. */
export type NeededGroup = {
  kind: "instance" | "cluster";
  /** As the context calls it. */
  was: string;
  name: string;
  make?: { family: string; changed: Record<string, string> };
};

/** How a database is to be, from its context and what was asked for. `notes`: what cannot be as it was, and why. */
export type Applied = {
  settings: RestoreSettings;
  members: Omit<MemberSettings, "id">[];
  groups: NeededGroup[];
  options?: NeededOptions;
  /** What the Restore calls do not take and is set once it is available. */
  change: Change;
  deletionProtection: boolean;
  notes: string[];
};

/** Decides how a restored database is to be: as its source was when the point was taken, as far as this region allows. */
export function applyContext(view: DatabaseView): Applied {
  const { request, source } = view;
  const context = view.context?.context;
  const tags = withoutOurs(context?.tags ?? {});
  if (!context) {
    const settings = { ...network(view).settings, ...asked(view), tags };
    const note = `What "${source.name}" was besides its data was never kept: it comes back with AWS's defaults.`;
    return {
      ...{ settings, members: [], groups: [], change: {}, deletionProtection: false },
      notes: [note, ...network(view).notes],
    };
  }
  const notes: string[] = [];
  if (view.context && Date.parse(view.context.at) > Date.parse(view.dataAt))
    notes.push(`Its settings are those of ${view.context.at}: none were kept before.`);
  const groups = neededGroups(view, notes);
  const groupName = (kind: NeededGroup["kind"], was: string | undefined) =>
    was?.startsWith("default.") ? was : groups.find((one) => one.kind === kind && one.was === was)?.name;
  const around = network(view);
  notes.push(...around.notes);
  const needed = neededOptions(view, around.settings.securityGroupIds ?? []);
  notes.push(...needed.notes);
  const optionGroup = needed.options?.name;
  const instance = context.kind === "instance";
  const [first] = context.instances;
  const parameterGroup = groupName(context.kind, context.parameterGroup?.name);
  const settings: RestoreSettings = {
    ...around.settings,
    ...asked(view),
    ...given({ parameterGroup, optionGroup, port: context.port, serverless: context.serverless }),
    ...given({ storageType: context.storageType, iops: iopsOf(context) }),
    ...(instance ? given({ multiAz: context.multiAz, publiclyAccessible: first?.publiclyAccessible }) : {}),
    ...(instance ? { autoMinorVersionUpgrade: context.autoMinorVersionUpgrade } : {}),
    ...(instance ? given({ instanceClass: request.instanceClass ?? first?.instanceClass }) : {}),
    iamAuthentication: context.iamAuthentication,
    copyTagsToSnapshot: context.copyTagsToSnapshot,
    logExports: context.logExports,
    backupRetentionDays: context.backupRetentionDays,
    tags,
  };
  return {
    settings,
    members: instance ? [] : membersOf(context, request.instanceClass, groupName, tags),
    groups,
    ...given({ options: needed.options }),
    change: {
      ...(instance && context.monitoring ? { monitoring: context.monitoring } : {}),
      ...(context.masterSecretArn ? { manageMasterPassword: true as const } : {}),
    },
    deletionProtection: context.deletionProtection,
    notes,
  };
}

/** What the request itself says of an instance. */
function asked({ request, target }: DatabaseView): Pick<RestoreSettings, "instanceClass"> {
  return target.kind === "instance" && request.instanceClass ? { instanceClass: request.instanceClass } : {};
}

/** Networks belong to a region: in another one only names that it has too can serve, or what was asked for. */
function network(view: DatabaseView): {
  settings: Pick<RestoreSettings, "subnetGroup" | "securityGroupIds">;
  notes: string[];
} {
  const { request, region, environment } = view;
  const home = view.context?.region === region;
  const context = view.context?.context;
  const there = region === environment.recoveryRegion ? environment.restores?.network : undefined;
  const notes: string[] = [];
  const wished = request.subnetGroup ?? there?.subnetGroup ?? context?.subnetGroup;
  const sure = request.subnetGroup !== undefined || there?.subnetGroup !== undefined;
  const subnetGroup = sure || view.hasSubnetGroup ? wished : undefined;
  if (wished && !subnetGroup)
    notes.push(`The subnet group ${wished} does not exist in ${region}: it comes into the default VPC.`);
  const securityGroupIds =
    request.securityGroupIds ?? there?.securityGroupIds ?? (home ? context?.securityGroupIds : undefined);
  if (!securityGroupIds && context && context.securityGroupIds.length > 0)
    notes.push(
      `The security groups of ${view.context?.region} do not exist in ${region}: it gets the VPC's default one.`,
    );
  return { settings: given({ subnetGroup, securityGroupIds }), notes };
}

function neededGroups(view: DatabaseView, notes: string[]): NeededGroup[] {
  const context = view.context?.context;
  return view.groups.flatMap(({ kind, name, here }) => {
    const of = [context, ...(context?.instances ?? [])];
    const wanted = of.find((one) => one?.parameterGroup?.name === name)?.parameterGroup;
    if (!wanted) return [];
    const same = here?.family === wanted.family && sameValues(here?.changed ?? {}, wanted.changed);
    if (same) return [{ kind, was: name, name }];
    if (!wanted.family) {
      notes.push(`The parameter group ${name} cannot be made anew: its family is not known.`);
      return [];
    }
    if (here) notes.push(`${name} has other values now: those of then are in a group of its own.`);
    const made = here ? appended(name, restoreStamp(view.request.id)) : name;
    return [{ kind, was: name, name: made, make: { family: wanted.family, changed: wanted.changed } }];
  });
}

function membersOf(
  context: DatabaseContext,
  instanceClass: string | undefined,
  groupName: (kind: "instance", was: string | undefined) => string | undefined,
  tags: Record<string, string>,
): Applied["members"] {
  return context.instances.map((one) => ({
    instanceClass: instanceClass ?? one.instanceClass,
    publiclyAccessible: one.publiclyAccessible,
    autoMinorVersionUpgrade: context.autoMinorVersionUpgrade,
    ...given({
      parameterGroup: groupName("instance", one.parameterGroup?.name),
      promotionTier: one.promotionTier,
      monitoring: context.monitoring,
    }),
    tags,
  }));
}

/** RDS tells the IOPS of every volume, and refuses to be told those that come with a small one of gp3 (RDS user guide). */
function iopsOf({ iops = 0, storageType = "" }: DatabaseContext): number | undefined {
  return /^io\d/.test(storageType) || (storageType === "gp3" && iops > 3_000) ? iops : undefined;
}

function sameValues(a: Record<string, string>, b: Record<string, string>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function withoutOurs(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith("holdfast:")));
}

/** Without what is undefined. */
function given<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: NonNullable<T[K]> };
}
