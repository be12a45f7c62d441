import type { Finding } from "../../functions/core/finding.ts";
import type { PointId } from "../../functions/core/slot.ts";
import type { Source } from "../../functions/core/source.ts";

/** Where and when something was recorded: `seq` orders all that happens, whatever the clocks say. */
export type Stamp = { vault: string; seq: number; ms: number };

/** A hold of a person or a restore, or a drill that reads the point; `under`: the prefix of the facts that say so. */
export type Held = { id: string; under: string; at: Stamp; released?: Stamp };

/** Whether what holds a point ends by itself: what reads it may have been cut off. */
export function isReader({ id }: Held): boolean {
  return /^(restore|drill)[- ]/.test(id);
}

/** What is true of one point. Regions are the keys of all maps. */
export type Entry = {
  source: string;
  point: PointId;
  /** Of archives: the job that wrote it; empty for others. */
  job: string;
  /** When its usable artefact was recorded. */
  present: Map<string, Stamp>;
  verified: Map<string, Stamp>;
  /** When somebody asked for its deletion. */
  unwanted?: Stamp;
  holds: Held[];
  marks: { region: string; seq: number; ms: number }[];
  /** `knew`: the marks before it are meant. */
  takenBack: { region: string; seq: number; ms: number; knew: number }[];
  /** Until when expiry itself found it locked. */
  locked: { region: string; seq: number; untilMs: number }[];
  /** Where the fact says that it expired. */
  expired: Set<string>;
  /** Where a pass had its artefact deleted. */
  deleted: Set<string>;
  /** When whoever it was deleted its artefact last. */
  gone: Map<string, number>;
  /** Of archives: the versions of its copy that exist, and those that ever did. */
  copies: Map<string, { untilMs: number; legalHold: boolean }>;
  copiesEver: Set<string>;
};

/** A finding about a source, or about one of its points. */
export type Opened = { finding: Finding; about?: PointId; at: Stamp; ended?: Stamp };

/** A source as it was declared at some time. */
export type Declared = { source: Source; at: Stamp };

/** What the simulation knows by its own doings and by the calls it sees; nothing of it is read from the catalog. */
export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly findings: Opened[] = [];
  readonly declared: Declared[] = [];
  /** `<source>/<region>` of which expiry says that it is frozen. */
  readonly frozen = new Set<string>();
  /** The same, with when expiry said last that it is over. */
  readonly thawed = new Map<string, number>();
  /** ARNs and object versions that are not Holdfast's, each with when it was made. */
  readonly foreign = new Map<string, number>();
  /** Counts every call and every doing. */
  seq = 0;

  addForeign(id: string): void {
    this.foreign.set(id, ++this.seq);
  }

  entry(source: string, point: PointId): Entry | undefined {
    return this.entries.get(`${source}/${point}`);
  }

  of(source: string): Entry[] {
    return [...this.entries.values()].filter((one) => one.source === source);
  }

  add(source: string, point: PointId, job: string): Entry {
    const entry: Entry = {
      ...{ source, point, job, present: new Map(), verified: new Map(), holds: [], marks: [], takenBack: [] },
      ...{
        locked: [],
        expired: new Set(),
        deleted: new Set(),
        gone: new Map(),
        copies: new Map(),
        copiesEver: new Set(),
      },
    };
    this.entries.set(`${source}/${point}`, entry);
    return entry;
  }

  /** The plan by which a source was declared last, as far as somebody knows who knows what `knows` says. */
  lastDeclared(name: string, knows: (at: Stamp) => boolean = () => true): Source | undefined {
    return this.declared.findLast(({ source, at }) => source.name === name && knows(at))?.source;
  }
}
