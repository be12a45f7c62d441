import { rpoSecondsAt } from "./continuity.ts";
import type { RpoView } from "./decide-rpo.ts";
import type { DrillHistory } from "./drill-history.ts";
import type { Finding, FindingKind } from "./finding.ts";
import { bothPlaces } from "./looks.ts";
import { newestPresent, type Place, presenceFact } from "./point.ts";
import type { ThreeTwoOneReport } from "./report.ts";
import { pointMs } from "./slot.ts";
import type { Source } from "./source.ts";
import { usablePoints } from "./status.ts";

/*
 * 3-2-1-1-0, the rule that backups are held to everywhere: three copies of the data, the one that is in use among them;
 * in two stores, of which losing one leaves the other; one of them in another region; one that nobody can change or
 * delete; and no error when it was last read back.
 */

/** What the rule is judged from. */
export type RuleView = Pick<RpoView, "environment" | "points" | "declaredAt" | "now"> & {
  drills: ReadonlyMap<string, DrillHistory>;
};

type Part = ThreeTwoOneReport["parts"][number];

/** Findings that say that a copy is not what it should be. */
const errors: ReadonlySet<FindingKind> = new Set<FindingKind>([
  "archive-damaged",
  "archive-suspect",
  "archive-unverified",
  "artefact-lost",
  "copy-wrong",
  "drill-failed",
  "replication-failed",
]);

/** How a source stands by the rule: each part with whether it holds and why. Pure. */
export function threeTwoOne(view: RuleView, source: Source, open: readonly Finding[]): ThreeTwoOneReport {
  const points = usablePoints(view.environment, source, view.points.get(source.name) ?? []);
  const [primary, recovery] = bothPlaces(view.environment) as [Place, Place];
  // A bucket's point in the primary region is the bucket itself.
  const here = source.kind !== "bucket" && newestPresent(points, primary) !== undefined;
  const there = newestPresent(points, recovery) !== undefined;
  const parts = [
    threeCopies(source, here, there),
    twoStores(source, here, there),
    offRegion(recovery.region, there),
    immutable(view, source, there),
    zeroErrors(view, source, open, there),
  ];
  return { holds: parts.every(({ holds }) => holds), parts };
}

/**
 * The parts that a source's kind, plan and profile provide for, so that one of them which does not hold is broken. The
 * others are said not to hold, and are nobody's alarm: what to do about them is to write another plan. Pure.
 */
export function partsOwed(environment: RuleView["environment"], { kind, plan }: Source): Set<Part["part"]> {
  const owed = new Set<Part["part"]>();
  const copied = plan.copies.includes("recovery");
  if (copied) owed.add("one off-region").add("two stores");
  if (kind === "rds-instance" || kind === "rds-cluster") owed.add("two stores");
  if (copied && kind !== "bucket") owed.add("three copies");
  const locked = environment.profile === "protected" && copied;
  if (locked && (kind === "bucket" || kind === "archives")) owed.add("one immutable");
  if (kind === "archives" || kind === "bucket" || plan.drill) owed.add("zero errors");
  return owed;
}

/**
 * That a part is broken which the source should have: since the newest point that had it, or since the RPO after the
 * declaration if none ever had. The instant is the same for whoever computes it. Pure.
 */
export function ruleFindings(view: RuleView, source: Source, open: readonly Finding[]): Finding[] {
  const { parts } = threeTwoOne(view, source, open);
  const owed = partsOwed(view.environment, source);
  const broken = parts.filter(({ part, holds }) => !holds && owed.has(part) && part !== "zero errors");
  const error = owed.has("zero errors") ? open.find(({ kind }) => errors.has(kind)) : undefined;
  const there = parts.some(({ part, holds }) => part === "one off-region" && holds);
  const missingMs = broken.length > 0 ? missingSinceMs(view, source, there) : undefined;
  const sinceMs = missingMs ?? (error ? Date.parse(error.since) : undefined);
  if (sinceMs === undefined || sinceMs > view.now.getTime()) return [];
  const { recoveryRegion: region } = view.environment;
  const sentences = [...broken.map(({ sentence }) => sentence), ...(error ? [error.message] : [])];
  return [
    {
      ...{ kind: "three-two-one-broken", source: source.name, detail: region, region },
      since: new Date(sinceMs).toISOString(),
      message: `"${source.name}" does not keep to 3-2-1-1-0: ${sentences.join(" ")}`,
      fix: "Run: holdfast status; mend what the other findings say.",
    },
  ];
}

/** When the newest point that was ever where none is now stopped being enough, or the first should have been there. */
function missingSinceMs(view: RuleView, source: Source, there: boolean): number | undefined {
  const [primary, recovery] = bothPlaces(view.environment) as [Place, Place];
  const place = there ? primary : recovery;
  const known = (view.points.get(source.name) ?? []).findLast(({ facts }) => facts.has(presenceFact(place)));
  const declared = view.declaredAt.get(source.name);
  const fromMs = known ? pointMs(known.point) : declared ? Date.parse(declared) : undefined;
  return fromMs === undefined ? undefined : fromMs + rpoSecondsAt(source.plan, place) * 1_000;
}

function threeCopies({ kind }: Source, here: boolean, there: boolean): Part {
  const what = {
    "rds-instance": ["the database", "a snapshot beside it", "a copy of it in the recovery region"],
    "rds-cluster": ["the cluster", "a snapshot beside it", "a copy of it in the recovery region"],
    bucket: ["the bucket", "", "its replica"],
    archives: ["what was archived", "the archive as it arrived", "its copy in the recovery vault"],
  }[kind];
  const copies = what.filter((one, index) => one && (index === 0 || (index === 1 ? here : there)));
  const holds = copies.length >= 3;
  return {
    part: "three copies",
    holds,
    sentence: `There ${copies.length === 1 ? "is" : "are"} ${list(copies)}.`,
  };
}

function twoStores({ kind }: Source, here: boolean, there: boolean): Part {
  const part = "two stores" as const;
  if (kind === "rds-instance" || kind === "rds-cluster") {
    const holds = here || there;
    const sentence = holds
      ? "The data is on the database's volume and in RDS's snapshots."
      : "The data is on the database's volume alone.";
    return { part, holds, sentence };
  }
  const sentence = there
    ? "The data is in buckets of two regions, each with a key and a policy of its own."
    : "The data is in one bucket alone.";
  return { part, holds: there, sentence };
}

function offRegion(recovery: string, there: boolean): Part {
  const sentence = there ? `A copy is in ${recovery}.` : `No copy is in ${recovery}.`;
  return { part: "one off-region", holds: there, sentence };
}

function immutable({ environment }: RuleView, { kind }: Source, there: boolean): Part {
  const part = "one immutable" as const;
  if (kind === "rds-instance" || kind === "rds-cluster")
    return {
      part,
      holds: false,
      sentence: "RDS locks no snapshot: whoever has the right can delete all of them.",
    };
  if (environment.profile !== "protected")
    return { part, holds: false, sentence: 'Nothing is locked in the profile "ephemeral".' };
  const sentence = there
    ? "S3 Object Lock keeps the copy from everybody, in compliance mode."
    : "There is no copy that could be locked.";
  return { part, holds: there, sentence };
}

function zeroErrors(view: RuleView, source: Source, open: readonly Finding[], there: boolean): Part {
  const part = "zero errors" as const;
  const error = open.find(({ kind }) => errors.has(kind));
  if (error) return { part, holds: false, sentence: error.message };
  const newest = view.drills.get(source.name)?.newest;
  if (source.kind === "rds-instance" || source.kind === "rds-cluster") {
    if (newest?.outcome === "passed")
      return {
        part,
        holds: true,
        sentence: `The newest drill, ${newest.drill}, restored and checked a copy.`,
      };
    const sentence = source.plan.drill
      ? "No drill has passed last."
      : "Nothing reads it back: its plan has no drill.";
    return { part, holds: false, sentence };
  }
  const sentence = !there
    ? "There is no copy to read."
    : source.kind === "bucket"
      ? "The last sweep found every object in the replica, and nothing in it wrong."
      : "Each archive was read whole on arrival and again as a copy.";
  return { part, holds: there, sentence };
}

function list(words: string[]): string {
  return words.length < 2
    ? `${words.join("")} alone`
    : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
