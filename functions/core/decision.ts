import type { Continuity, ContinuousSource } from "./continuity.ts";
import type { DrillHistory } from "./drill-history.ts";
import type { Environment } from "./environment.ts";
import type { ContinuityFact } from "./fact.ts";
import type { Finding } from "./finding.ts";
import type { Pauses } from "./pause.ts";
import type { Points } from "./point.ts";
import type { Problem } from "./problem.ts";
import type { Artefact, Observation } from "./provider.ts";
import type { PointId } from "./slot.ts";
import type { Source, SourceKind } from "./source.ts";

/** Everything that `decide` looks at. It is the whole of its input: same input, same decision. */
export type Situation = {
  environment: Environment;
  /** The region that decides; it acts in no other. */
  region: string;
  /** The key with which this region's copies are to be encrypted. */
  vaultKeyArn: string;
  now: Date;
  /** The union of the facts of both vaults, as far as they were reached. Listed before anything was observed. */
  points: Points;
  /** The drills of each source, as far as any began. */
  drills: ReadonlyMap<string, DrillHistory>;
  /** Since when each source is declared, ISO-8601 UTC; absent for one that is new. */
  declaredAt: ReadonlyMap<string, string>;
  /** Since when each is declared as it is now: what its plan has begun to ask for cannot have been owed before. */
  redeclaredAt: ReadonlyMap<string, string>;
  /** The databases of which it is known what a snapshot does not carry. */
  contexts: ReadonlySet<string>;
  /** How continuous protection changed, place by place. */
  continuity: Continuity;
  /** When each source's schedule was paused and resumed. */
  pauses?: Pauses;
  /** What exists in this region, by kind of source; a problem where the look failed. */
  observed: ReadonlyMap<SourceKind, Observation | Problem>;
  /** The problem, if the other region's vault could not be read. */
  otherVault?: Problem;
  /** The findings that are open, with their first instant. */
  open: readonly Finding[];
};

/** What is to be done, and what is wrong. */
export type Decision = { actions: Action[]; continuity: ContinuityAction[]; findings: Finding[] };

/** One idempotent thing to do for the continuous protection of a database. */
export type ContinuityAction =
  | {
      /** Have `connect` see to it that automated backups are kept in the primary region. */
      do: "keep-backups";
      source: Source;
    }
  | {
      /** Begin the replication of the automated backups into this region. */
      do: "replicate-backups";
      source: ContinuousSource;
    }
  | {
      /** Record how the protection in this region has changed. */
      do: "record-continuity";
      source: Source;
      change: Pick<ContinuityFact, "fact" | "days" | "until" | "reason">;
    };

/** One idempotent thing to do about a point. */
export type Action =
  | {
      /** Begin the point in the primary region, or ask for the sweep that makes it. */
      do: "take";
      source: Source;
      point: PointId;
      attempt: number;
    }
  | {
      /** Begin the copy of the point into this region. */
      do: "copy";
      source: Source;
      point: PointId;
      attempt: number;
    }
  | {
      /** Record what an artefact of this region is: `available` in the primary region, `copied` in the recovery region. */
      do: "record-present";
      source: Source;
      point: PointId;
      artefact: Artefact;
    }
  | {
      /** Record that an attempt failed. */
      do: "record-failed";
      source: Source;
      point: PointId;
      attempt: number;
      reason: string;
    }
  | {
      /** Look a second time for an artefact that has gone, and record it as lost if it is. */
      do: "confirm-lost";
      source: Source;
      point: PointId;
    }
  | {
      /** Look a second time for an artefact that `expire` was about to delete, and record it as expired if it is gone. */
      do: "confirm-expired";
      source: Source;
      point: PointId;
    }
  | {
      /** Start a drill; `point` is the slot that names it. Which point it restores it says itself. */
      do: "drill";
      source: Source;
      point: PointId;
      attempt: number;
    }
  | {
      /** Have an archive's copy read again; `attempt` names the reading, for ever the same of the same one before. */
      do: "scrub";
      source: Source;
      point: PointId;
      attempt: number;
    };
