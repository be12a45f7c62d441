import type { Measure } from "../twin.ts";

/** Count, sum, least and greatest of what was measured in a stretch of time. */
export type Stats = { count: number; sum: number; min: number; max: number };

type Series = Omit<Measure, "value" | "atMs"> & {
  /** By the minute's number since 1970. */
  minutes: Map<number, Stats>;
  /** What is older, by the hour's number. */
  hours: Map<number, Stats>;
};

/** A metric's name: what it is called, where, and of what. */
export type MetricName = Pick<Measure, "region" | "namespace" | "name" | "dimensions">;

/** Minutes are kept for so long, hours for `keepHoursMs`; AWS keeps minutes for 15 days and hours for 455. */
const keepMinutesMs = 6 * 3_600_000;
const keepHoursMs = 40 * 86_400_000;

/** Every metric of all regions. Data points are added up by the minute, as CloudWatch's standard resolution has them. */
export class Metrics {
  readonly #series = new Map<string, Series>();

  /** Adds what was measured. */
  add({ value, atMs, ...about }: Measure & { atMs: number }): void {
    this.addStats(about, { count: 1, sum: value, min: value, max: value }, atMs);
  }

  /** Adds many measurements that were put together elsewhere. */
  addStats(about: Omit<Measure, "value" | "atMs">, stats: Stats, atMs: number): void {
    const key = keyOf(about);
    const series = this.#series.get(key) ?? { ...about, minutes: new Map(), hours: new Map() };
    this.#series.set(key, series);
    merge(series.minutes, Math.floor(atMs / 60_000), stats);
  }

  /** What was measured from one instant until before another; undefined if nothing was. */
  between(metric: MetricName, fromMs: number, toMs: number): Stats | undefined {
    const series = this.#series.get(keyOf(metric));
    if (!series) return undefined;
    const found = new Map<number, Stats>();
    for (const [by, unitMs] of [
      [series.minutes, 60_000],
      [series.hours, 3_600_000],
    ] as const) {
      for (const [number, stats] of by)
        if (number * unitMs >= fromMs && number * unitMs < toMs) merge(found, 0, stats);
    }
    return found.get(0);
  }

  /** The metrics of a region. */
  list(region: string): MetricName[] {
    return [...this.#series.values()].filter((series) => series.region === region);
  }

  /** Puts old minutes together to hours, and forgets what is older still. */
  age(nowMs: number): void {
    for (const [key, { minutes, hours }] of this.#series) {
      for (const [minute, stats] of minutes) {
        if (minute * 60_000 >= nowMs - keepMinutesMs) continue;
        merge(hours, Math.floor(minute / 60), stats);
        minutes.delete(minute);
      }
      for (const hour of hours.keys()) if (hour * 3_600_000 < nowMs - keepHoursMs) hours.delete(hour);
      if (minutes.size === 0 && hours.size === 0) this.#series.delete(key);
    }
  }

  save(): unknown {
    return [...this.#series.values()].map(({ minutes, hours, ...about }) => ({
      ...about,
      minutes: [...minutes],
      hours: [...hours],
    }));
  }

  load(saved: unknown): void {
    type Saved = Omit<Series, "minutes" | "hours"> & Record<"minutes" | "hours", [number, Stats][]>;
    for (const one of saved as Saved[])
      this.#series.set(keyOf(one), { ...one, minutes: new Map(one.minutes), hours: new Map(one.hours) });
  }
}

/** One of CloudWatch's statistics. Percentiles are not kept. */
export function statistic(name: string, { count, sum, min, max }: Stats): number | undefined {
  switch (name) {
    case "SampleCount":
      return count;
    case "Sum":
      return sum;
    case "Average":
      return sum / count;
    case "Minimum":
      return min;
    case "Maximum":
      return max;
    default:
      return undefined;
  }
}

function keyOf({ region, namespace, name, dimensions }: MetricName): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([region, namespace, name, sorted]);
}

function merge(into: Map<number, Stats>, at: number, { count, sum, min, max }: Stats): void {
  const there = into.get(at);
  if (!there) {
    into.set(at, { count, sum, min, max });
    return;
  }
  there.count += count;
  there.sum += sum;
  there.min = Math.min(there.min, min);
  there.max = Math.max(there.max, max);
}
