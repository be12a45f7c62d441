import {
  breaksSince,
  type ContinuityChange,
  type ContinuousSource,
  isContinuousAt,
  placeKey,
} from "./continuity.ts";
import { copyingIsStuckSeconds, creatingIsStuckSeconds } from "./decide-database.ts";
import type { Restorable } from "./decide-rpo.ts";
import type { ContinuityAction, Situation } from "./decision.ts";
import type { Finding } from "./finding.ts";
import type { Place } from "./point.ts";
import { Problem } from "./problem.ts";
import type { AutomatedBackups, Observation } from "./provider.ts";
import { identifierOf, type Source } from "./source.ts";

/** What the continuous protection of one database is decided from. */
export type ContinuityView = Pick<
  Situation,
  "environment" | "region" | "vaultKeyArn" | "now" | "continuity" | "open"
>;

type Needs = { actions: ContinuityAction[]; findings: Finding[] };

/** What is not as the plan asks: one sentence, what to do, and the action that mends it, where there is one. */
type Fault = { wrong: string; fix: string; mend?: ContinuityAction };

/** A break stays a finding for so long at least, mended or not, so that whoever is told can see it. */
const toldSeconds = 600;

/** A second break within so long is somebody's wish: switching on again would only interrupt the database once more. */
const foughtSeconds = 86_400;

/**
 * Decides for one database in the region that looks whether every moment of it is kept there as its plan asks, what is
 * to be done if not, and what is wrong. That it never began may have its time; that it broke is told at once, also when
 * it is mended by now, because moments may be gone. Pure.
 */
export function decideContinuity(view: ContinuityView, source: Source, observation: Observation): Needs {
  const place = placeIn(view);
  const changes = view.continuity.get(placeKey(source.name, place.region)) ?? [];
  const last = changes.at(-1);
  if (!isContinuousAt(source, place)) {
    if (!last || last.name === "released") return { actions: [], findings: [] };
    return { actions: [{ do: "record-continuity", source, change: { fact: "released" } }], findings: [] };
  }
  // Of a database that is gone `source-missing` tells.
  if (place.role === "primary" && !observation.sources.has(identifierOf(source)))
    return { actions: [], findings: [] };
  const backups = observation.backups?.get(identifierOf(source));
  const fault =
    place.role === "primary" ? faultOfOwn(view, source, observation) : faultOfReplica(view, source, backups);
  if (fault) return broken(view, source, place, changes, fault);
  // However long no pass came to its end: that it began anew is recorded by one that finds the break opened.
  const opened = view.open.some(
    ({ kind, source: of, detail }) =>
      kind === "continuity-broken" && of === source.name && detail === place.region,
  );
  const brokeMs = last?.name === "broke" ? Date.parse(last.at) : undefined;
  if (brokeMs !== undefined && (!opened || view.now.getTime() < brokeMs + toldSeconds * 1_000)) {
    const message = `"${source.name}" can be restored to every moment again: for a while it could not.`;
    const fix = "Find who did that (CloudTrail); moments may be gone.";
    return { actions: [], findings: [finding(source, place, brokeMs, { message, fix })] };
  }
  return { actions: recordBegan(source, last, backups), findings: [] };
}

/** The latest moments that automated backups of this region reach, of each source whose plan asks for them here. */
export function restorableIn(situation: Situation): Map<string, Restorable> {
  const place = placeIn(situation);
  const seen = new Map<string, Restorable>();
  for (const source of situation.environment.sources) {
    const observation = situation.observed.get(source.kind);
    if (!observation || observation instanceof Problem || !isContinuousAt(source, place)) continue;
    const until = observation.backups?.get(identifierOf(source))?.until;
    seen.set(placeKey(source.name, place.region), until ? { until } : {});
  }
  return seen;
}

function placeIn({ environment, region }: Pick<Situation, "environment" | "region">): Place {
  return { region, role: region === environment.primaryRegion ? "primary" : "recovery" };
}

function recordBegan(
  source: ContinuousSource,
  last: ContinuityChange | undefined,
  backups: AutomatedBackups | undefined,
): ContinuityAction[] {
  if (last?.name === "began") return [];
  const until = backups?.until ? { until: backups.until } : {};
  const change = { fact: "began" as const, days: source.plan.pointInTime.days, ...until };
  return [{ do: "record-continuity", source, change }];
}

function faultOfOwn(
  view: ContinuityView,
  source: ContinuousSource,
  { sources, backups }: Observation,
): Fault | undefined {
  const id = identifierOf(source);
  const { days = 0, until } = backups?.get(id) ?? {};
  const asked = source.plan.pointInTime.days;
  const mend = sources.get(id)?.available ? { mend: { do: "keep-backups" as const, source } } : {};
  const fix = "Find who changed it (CloudTrail: ModifyDBInstance).";
  if (days === 0) return { wrong: "RDS keeps no automated backups of it", fix, ...mend };
  if (days < asked) return { wrong: `RDS keeps only ${days} of ${asked} days of it`, fix, ...mend };
  if (until) return undefined;
  return { wrong: `RDS has completed no automated backup of it in ${view.region} yet`, fix };
}

/** How many days a replica is kept cannot be changed, nor its key: it is to be stopped, and begins anew by itself. */
function faultOfReplica(
  view: ContinuityView,
  source: ContinuousSource,
  replica: AutomatedBackups | undefined,
): Fault | undefined {
  const { environment, region, continuity, vaultKeyArn } = view;
  const there = continuity.get(placeKey(source.name, environment.primaryRegion))?.at(-1)?.name;
  const mend = there === "began" ? { mend: { do: "replicate-backups" as const, source } } : {};
  const fix = "Find who stopped it (CloudTrail in both regions).";
  const asked = source.plan.pointInTime.days;
  if (!replica) return { wrong: `its automated backups are not replicated to ${region}`, fix, ...mend };
  if (!replica.going)
    return { wrong: `the replication of its backups to ${region} has stopped`, fix, ...mend };
  const anew = "Stop that replication: it then begins anew as it should be.";
  if (replica.days < asked)
    return { wrong: `the replica in ${region} keeps only ${replica.days} of ${asked} days`, fix: anew };
  if (replica.keyArn !== vaultKeyArn)
    return { wrong: `the replica in ${region} is not encrypted with the vault's key`, fix: anew };
  return replica.until ? undefined : { wrong: `nothing has come to the replica in ${region} yet`, fix };
}

function broken(
  { now }: ContinuityView,
  source: ContinuousSource,
  place: Place,
  changes: readonly ContinuityChange[],
  { wrong, fix, mend }: Fault,
): Needs {
  const last = changes.at(-1);
  const breaks =
    breaksSince(changes, now.getTime() - foughtSeconds * 1_000) + (last?.name === "began" ? 1 : 0);
  const fought = mend?.do === "keep-backups" && breaks > 1;
  const actions = mend && !fought ? [mend] : [];
  if (!last || last.name === "released") {
    const change = { fact: "asked" as const, days: source.plan.pointInTime.days };
    return { actions: [{ do: "record-continuity", source, change }, ...actions], findings: [] };
  }
  if (last.name === "began") {
    actions.unshift({ do: "record-continuity", source, change: { fact: "broke", reason: `${wrong}.` } });
  }
  const beginsSeconds = place.role === "primary" ? creatingIsStuckSeconds : copyingIsStuckSeconds;
  const sinceMs =
    last.name === "began"
      ? now.getTime()
      : Date.parse(last.at) + (last.name === "asked" ? beginsSeconds * 1_000 : 0);
  if (now.getTime() < sinceMs) return { actions, findings: [] };
  const left = fought ? " It broke twice within a day: Holdfast leaves it to you." : "";
  const message = `"${source.name}" cannot be restored to every moment, as its plan asks: ${wrong}.${left}`;
  const what = last.name === "asked" ? `See the log of ${logOf(place)} for what AWS refuses.` : fix;
  return { actions, findings: [finding(source, place, sinceMs, { message, fix: what })] };
}

function finding(
  { name }: Source,
  { region }: Place,
  sinceMs: number,
  what: Pick<Finding, "message" | "fix">,
): Finding {
  const since = new Date(sinceMs).toISOString();
  return { ...what, kind: "continuity-broken", source: name, detail: region, since, region };
}

/** Who changes a source, or begins a replication. */
function logOf({ role }: Place): string {
  return role === "primary" ? "connect" : "reconcile";
}
