import type { Finding } from "../core/finding.ts";
import { jobOf } from "../core/job.ts";
import type { Reading } from "../core/marks.ts";
import { PointFacts, type Points } from "../core/point.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import type { PointId } from "../core/slot.ts";
import type { Source } from "../core/source.ts";
import type { Catalog } from "./catalog.ts";
import {
  findingKey,
  parseFindingKey,
  parsePointKey,
  parseSourceKey,
  pointKey,
  sourceKey,
  withdrawnDigest,
} from "./keys.ts";
import { DrillsSeen } from "./reading.ts";

/** One time that a finding was opened. */
export type SurveyedEpisode = { id: string; since: string; ended: boolean };

/** What the facts of both vaults say together. */
export type Survey = {
  points: Points;
  /** Every source that was ever declared, as it was last; those that are declared no longer too. */
  sources: { source: Source; withdrawn: boolean }[];
  episodes: SurveyedEpisode[];
  open: Finding[];
  /** What drills read now: they have begun and not ended. */
  reading: Reading[];
  /**
   * Of archives: what those of one job have in common. One of which the job is not known is a job of its own. Throws
   * `Problem` when a fact that says so cannot be read now.
   */
  jobOf: (source: string) => Promise<(point: PointId) => string>;
};

/** How many facts are read at one time. */
const readsAtOnce = 32;

/** Reads the facts of several vaults as one: the union is the merge. Throws the catalogs' `Problem`s. */
export async function survey(catalogs: readonly Catalog[]): Promise<Survey> {
  const facts = new PointFacts();
  const episodes = new Map<string, SurveyedEpisode & { opened: Catalog | undefined }>();
  const newest = new Map<string, { at: string; digest: string; key: string; catalog: Catalog }>();
  const drills = new DrillsSeen();
  for (const catalog of catalogs) {
    for await (const page of catalog.pages()) {
      for (const { key, storedAt } of page) {
        const point = parsePointKey(key);
        if (point) {
          facts.add({ ...point, storedAt });
          continue;
        }
        const finding = parseFindingKey(key);
        if (finding) {
          const { id, since, name } = finding;
          const episode = episodes.get(`${id}/${since}`) ?? { id, since, ended: false, opened: undefined };
          if (name === "opened") episode.opened ??= catalog;
          if (name === "ended") episode.ended = true;
          episodes.set(`${id}/${since}`, episode);
          continue;
        }
        if (drills.add(key, catalog)) continue;
        const declared = parseSourceKey(key);
        if (!declared || declared.at < (newest.get(declared.source)?.at ?? "")) continue;
        newest.set(declared.source, { ...declared, key, catalog });
      }
    }
  }
  const open = await inGroups([...episodes.values()], async ({ id, since, ended, opened }) => {
    if (ended || !opened) return [];
    return [(await opened.readFinding(findingKey(id, since, "opened"))).finding];
  });
  const sources = await inGroups([...newest], async ([name, { at, digest, catalog }]) => {
    const { source, fact } = await catalog.readSource(sourceKey(name, new Date(at), digest));
    return [{ source, withdrawn: digest === withdrawnDigest || fact === "withdrawn" }];
  });
  const points = facts.sorted();
  return {
    points,
    sources: sources.sort((a, b) => (a.source.name < b.source.name ? -1 : 1)),
    episodes: [...episodes.values()].filter(({ opened }) => opened),
    open,
    reading: await drills.reading(),
    jobOf: (source) => jobsOf(catalogs, source, points),
  };
}

async function jobsOf(catalogs: readonly Catalog[], source: string, points: Points) {
  const jobs = new Map<PointId, string>();
  await inGroups([...(points.get(source) ?? [])], async ({ point, facts }) => {
    const key = facts.has("available") ? await archiveKeyOf(catalogs, source, point) : undefined;
    jobs.set(point, key === undefined ? point : jobOf(key));
    return [];
  });
  return (point: PointId) => jobs.get(point) ?? point;
}

/** Where the archive arrived: only that fact has the whole key, folders included. Throws `Problem` if it may be read later. */
async function archiveKeyOf(catalogs: readonly Catalog[], source: string, point: PointId) {
  let later: Problem | undefined;
  for (const catalog of catalogs) {
    try {
      return (await catalog.readPoint(pointKey(source, point, "available"))).archive?.key;
    } catch (thrown) {
      // Not mirrored into this vault yet, or no such fact: then the archive counts as the only one of its job.
      const problem = asProblem(thrown);
      if (problem.retryable) later = problem;
    }
  }
  if (later) throw later;
  return undefined;
}

async function inGroups<T, R>(items: readonly T[], work: (item: T) => Promise<R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += readsAtOnce) {
    const group = await Promise.all(items.slice(from, from + readsAtOnce).map(work));
    results.push(...group.flat());
  }
  return results;
}
