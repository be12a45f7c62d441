import { pointKey } from "../catalog/keys.ts";
import { formatDuration } from "../core/duration.ts";
import { replicaName } from "../core/names.ts";
import { isPresent, type PointState, presenceFact } from "../core/point.ts";
import { Problem } from "../core/problem.ts";
import type { PlanFact, PlannedStep, RestoreRequest } from "../core/restore.ts";
import { pointMs } from "../core/slot.ts";
import type { BucketSource } from "../core/source.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { ObjectsWish } from "./object.ts";
import { choosePoint } from "./origin.ts";
import { approvalSteps, withExpectations } from "./plan.ts";
import { type Past, pastOf, placeOf, pointsKnown } from "./view.ts";

/** All that the plan of a bucket's restore is made from. */
export type ObjectsView = {
  environment: RestoreWorld["environment"];
  region: string;
  now: Date;
  request: RestoreRequest;
  source: BucketSource;
  points: readonly PointState[];
  /** When the chosen point was proved, ISO-8601 UTC; absent where an instant was asked for. */
  provedAt?: string;
  chosen?: ReturnType<typeof choosePoint>;
  /** The bucket that is read, and the one that is written; undefined where there is none. */
  from: { name: string; versioned: boolean } | undefined;
  into: { name: string; versioned: boolean } | undefined;
  past: Past;
};

/** Looks at what the plan of a bucket's restore needs, in this region only. Throws `Problem`. */
export async function viewObjects(
  world: RestoreWorld,
  source: BucketSource,
  request: RestoreRequest,
): Promise<ObjectsView> {
  const { catalog, environment, region, objects } = world;
  const place = placeOf(world);
  const points = await pointsKnown(world, source.name);
  const own =
    place.role === "primary"
      ? source.bucket
      : replicaName(environment, source.name, environment.recoveryRegion);
  const look = async (name: string) => {
    const found = await objects.bucket(name);
    return found && { name, ...found };
  };
  const { wanted } = request;
  // A bucket's point is proved for the replica, in both regions by the same fact.
  const replica = { region: environment.recoveryRegion, role: "recovery" } as const;
  const chosen = wanted.which === "time" ? undefined : choosePoint(source.name, points, replica, wanted);
  const fact =
    chosen && (await catalog.readPoint(pointKey(source.name, chosen.point, presenceFact(replica))));
  return {
    ...{ environment, region, now: world.now(), request, source, points },
    ...(chosen && fact ? { chosen, provedAt: fact.at } : {}),
    from: await look(own),
    into: await look(request.as ?? own),
    past: await pastOf(world, source.name),
  };
}

/** Plans the restore of a bucket's objects. Pure. Throws `Problem` for what cannot be done as it was asked. */
export function planObjects(view: ObjectsView): PlanFact & { objects: ObjectsWish } {
  const { request, source, region, environment, chosen } = view;
  const { wanted } = request;
  const primary = region === environment.primaryRegion;
  const [from, into] = [mustKeepVersions(view), mustBeThere(view)];
  if (!primary && into === from)
    throw new Problem(
      "invalid",
      `the replica ${from} is what "${source.name}" comes back from, and is not written into`,
      "Write --as <bucket>: one of this region, or run it in the primary region.",
    );
  const at = wanted.which === "time" ? instantOf(view, wanted.at) : pointInstant(view);
  const { select } = request;
  const objects: ObjectsWish = {
    ...{ from, into, at, begunAt: view.now.toISOString() },
    ...(select ? { select } : {}),
    ...{ deletions: request.deletions ?? false, overwrite: request.overwrite ?? false },
  };
  const what = !select
    ? "all objects"
    : "prefix" in select
      ? `what begins with "${select.prefix}"`
      : `${select.keys.length} key(s)`;
  return {
    ...(chosen ? { point: chosen.point } : {}),
    ...{ dataAt: at, verified: chosen?.verified ?? false, objects },
    ...{ from: `bucket ${from} as it was at ${at}`, into: `bucket ${into}` },
    steps: withExpectations([...approvalSteps(environment, request), stepOf(objects, what)], view.past),
    notes: [...(chosen?.notes ?? []), ...notesOn(objects, primary)],
  };
}

function mustKeepVersions({ from, source, region }: ObjectsView): string {
  if (from?.versioned) return from.name;
  throw new Problem(
    from ? "unsupported" : "not-found",
    from
      ? `${from.name} keeps no versions, so it cannot be what it was`
      : `the bucket of "${source.name}" that ${region} would restore from is not there`,
    "Restore out of the replica: --region <recovery region> --as <bucket>.",
  );
}

function mustBeThere({ into, request, from, source, region }: ObjectsView): string {
  if (into && (into.name === from?.name || into.name === source.bucket || request.as)) return into.name;
  const fix = "Create it, with the settings that it is to have; then restore again.";
  throw new Problem("not-found", `there is no bucket ${request.as ?? source.bucket} in ${region}`, fix);
}

/** The replica is complete since its first point; the source's own versions may reach further back. */
function instantOf({ now, points, region, environment, source }: ObjectsView, at: string): string {
  if (at === "latest") return now.toISOString();
  const ms = Date.parse(at);
  if (ms > now.getTime())
    throw new Problem("invalid", `${at} is yet to come`, `Choose an instant up to ${now.toISOString()}.`);
  const replica = { region: environment.recoveryRegion, role: "recovery" } as const;
  const first = points.find((state) => isPresent(state, replica));
  if (region === environment.primaryRegion) return at;
  if (first && pointMs(first.point) <= ms) return at;
  throw new Problem(
    "invalid",
    `the replica of "${source.name}" was not complete at ${at}`,
    first
      ? `It is since ${new Date(pointMs(first.point)).toISOString()}.`
      : "It has never been complete yet; see: holdfast status.",
  );
}

/** In the primary region the versions say what was at the slot; in the replica, when it was proved to have all that. */
function pointInstant({ chosen, provedAt, region, environment }: ObjectsView): string {
  if (region === environment.primaryRegion || !provedAt)
    return new Date(pointMs(chosen?.point ?? "")).toISOString();
  return provedAt;
}

function stepOf({ from, into, deletions, overwrite }: ObjectsWish, what: string): PlannedStep {
  const same = from === into;
  const gone = deletions ? ", and hides what did not exist then behind delete markers" : "";
  const rest = same
    ? `as new versions${gone}`
    : overwrite
      ? "over what has their keys there"
      : "where nothing has their keys";
  return {
    name: "objects",
    does: `Copies ${what} from ${from} into ${into}, ${rest}, each held to its checksum`,
    calls: [
      ...["s3:ListObjectVersions", "s3:HeadObject", "s3:CopyObject", "s3:UploadPartCopy"],
      ...(same && deletions ? ["s3:DeleteObject"] : []),
    ],
  };
}

function notesOn({ from, into, deletions, at, begunAt }: ObjectsWish, primary: boolean): string[] {
  const behind = formatDuration((Date.parse(begunAt) - Date.parse(at)) / 1_000);
  return [
    ...(from === into && !deletions
      ? ["Keys that did not exist then stay; --deletions hides them behind delete markers."]
      : []),
    ...(primary
      ? []
      : [`The replica follows its source by seconds to minutes: it is as it was ${behind} ago.`]),
  ];
}
