import type { DatabaseContext } from "../core/context.ts";
import { snapshotId } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import type { RestoreRequest } from "../core/restore.ts";
import { slotOf } from "../core/slot.ts";
import { identifierOf } from "../core/source.ts";
import type { Database, DatabaseRef } from "../databases/describe.ts";
import type { OptionGroup } from "../databases/option-groups.ts";
import type { ParameterGroup } from "../databases/parameters.ts";
import type { Origin } from "../databases/restore.ts";
import type { Backups } from "../databases/windows.ts";
import type { RestoreWorld } from "../restore-world.ts";
import { type Chosen, choosePoint } from "./origin.ts";
import {
  arnOf,
  artefactOf,
  contextAt,
  type DatabaseSource,
  type KnownContext,
  type Past,
  pastOf,
  placeOf,
  pointsKnown,
} from "./view.ts";

/** All that the plan of a database's restore is made from: facts of this vault, and a look at this region's RDS. */
export type DatabaseView = {
  environment: RestoreWorld["environment"];
  region: string;
  now: string;
  request: RestoreRequest;
  source: DatabaseSource;
  chosen: Partial<Chosen>;
  origin: Origin;
  /** What is read, in words, and the moment whose data it has. */
  from: string;
  dataAt: string;
  context?: KnownContext;
  target: DatabaseRef;
  /** What has the target's name now. */
  there?: Database;
  /** Groups of the context's names, as far as this region has them. */
  groups: { kind: "instance" | "cluster"; name: string; here?: ParameterGroup }[];
  hasSubnetGroup: boolean;
  /** The option group of the context's name, as this region has it. */
  optionsHere?: OptionGroup;
  /** Whether there is a snapshot of this very minute already, which need not have what was written since. */
  minuteTaken: boolean;
  /** Of the context's instances' names, those that are taken here. */
  takenNames: string[];
  past: Past;
};

/** Looks at everything that the plan of a database's restore needs, in this region only. Throws `Problem`. */
export async function viewDatabase(
  world: RestoreWorld,
  source: DatabaseSource,
  request: RestoreRequest,
): Promise<DatabaseView> {
  const { databases, environment, region } = world;
  const origin = await originOf(world, source, request);
  const kind = source.kind === "rds-instance" ? "instance" : "cluster";
  // RDS keeps identifiers in lower case.
  const target = { kind, id: (request.as ?? identifierOf(source)).toLowerCase() } as const;
  const there = await databases.describe(target);
  const context = (await contextAt(world, source.name, origin.dataAt)) ?? (await liveContext(world, source));
  const subnetGroup = request.subnetGroup ?? context?.context.subnetGroup;
  const { optionGroup = "default:" } = context?.context ?? {};
  const optionsHere = optionGroup.startsWith("default:")
    ? undefined
    : await databases.optionGroups.read(optionGroup);
  return {
    ...{ environment, region, now: world.now().toISOString(), request, source, target },
    ...origin,
    ...(context ? { context } : {}),
    ...(there ? { there } : {}),
    groups: await Promise.all(
      groupsOf(context?.context).map(async (group) => {
        const here = await databases.parameterGroup(group.kind, group.name);
        return here ? { ...group, here } : group;
      }),
    ),
    hasSubnetGroup: subnetGroup !== undefined && (await databases.hasSubnetGroup(subnetGroup)),
    ...(optionsHere ? { optionsHere } : {}),
    minuteTaken: await isMinuteTaken(world, source, target.kind),
    takenNames: kind === "cluster" ? await taken(world, context?.context) : [],
    past: await pastOf(world, source.name),
  };
}

/** The parameter groups that a context names, each once; AWS's own need no look. */
export function groupsOf(context: DatabaseContext | undefined) {
  if (!context) return [];
  const groups = new Map<string, { kind: "instance" | "cluster"; name: string }>();
  const add = (kind: "instance" | "cluster", name: string | undefined) => {
    if (name && !name.startsWith("default.")) groups.set(`${kind} ${name}`, { kind, name });
  };
  add(context.kind, context.parameterGroup?.name);
  for (const { parameterGroup } of context.instances) add("instance", parameterGroup?.name);
  return [...groups.values()];
}

type FoundOrigin = Pick<DatabaseView, "chosen" | "origin" | "from" | "dataAt">;

async function originOf(
  world: RestoreWorld,
  source: DatabaseSource,
  request: RestoreRequest,
): Promise<FoundOrigin> {
  const { wanted } = request;
  if (wanted.which === "time") return originAt(world, source, wanted.at);
  const chosen = choosePoint(source.name, await pointsKnown(world, source.name), placeOf(world), wanted);
  const { id, takenAt } = await artefactOf(world, source.name, chosen.point);
  return { chosen, origin: { snapshot: id }, from: `snapshot ${id}`, dataAt: takenAt };
}

async function originAt(world: RestoreWorld, source: DatabaseSource, at: string): Promise<FoundOrigin> {
  const all = await world.databases.backupsOf(arnOf(world, source));
  const found = at === "latest" ? latestOf(all) : all.find((one) => reaches(one, Date.parse(at)));
  if (!found?.window) {
    const windows = all.flatMap(({ window }) => (window ? [`${window.since} to ${window.until}`] : []));
    throw new Problem(
      "invalid",
      `automated backups of ${identifierOf(source)} in ${world.region} do not reach ${at}`,
      windows.length > 0
        ? `They reach ${windows.join(", and ")}; or choose a point: holdfast points ${source.name}.`
        : `There are none here; choose a point: holdfast points ${source.name}.`,
    );
  }
  const { window, keyArn: _, ...backups } = found;
  const from = `automated backups of ${identifierOf(source)}${found.replicaArn ? ", replicated" : ""}`;
  return { chosen: {}, origin: { backups, at }, from, dataAt: at === "latest" ? window.until : at };
}

function reaches({ window }: Backups, ms: number): boolean {
  return !!window && Date.parse(window.since) <= ms && ms <= Date.parse(window.until);
}

function latestOf(all: readonly Backups[]): Backups | undefined {
  const untilMs = ({ window }: Backups) => (window ? Date.parse(window.until) : 0);
  return all.toSorted((a, b) => untilMs(b) - untilMs(a))[0];
}

/** Of a source whose context was never kept, what it is now, if it is in this region and there at all. */
async function liveContext(world: RestoreWorld, source: DatabaseSource): Promise<KnownContext | undefined> {
  if (world.region !== world.environment.primaryRegion) return undefined;
  try {
    const at = world.now().toISOString();
    return { context: await world.databases.context(source), at, region: world.region };
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "not-found") return undefined;
    throw thrown;
  }
}

async function isMinuteTaken(
  { databases, environment, now }: RestoreWorld,
  { name }: DatabaseSource,
  kind: DatabaseRef["kind"],
): Promise<boolean> {
  return (await databases.snapshotStatus(kind, snapshotId(environment, name, slotOf(now())))) !== undefined;
}

async function taken(world: RestoreWorld, context: DatabaseContext | undefined): Promise<string[]> {
  const names = (context?.instances ?? []).map(({ id }) => id);
  const found = await Promise.all(names.map((id) => world.databases.describe({ kind: "instance", id })));
  return found.flatMap((one) => (one ? [one.id] : []));
}
