import type { Twin } from "../twin.ts";
import { type AlarmState, extraPoints, judge, type Rule } from "./cloudwatch-evaluate.ts";
import type { Metrics } from "./cloudwatch-metrics.ts";
import { type MetricStat, periodOf, type Query, valuesOf } from "./cloudwatch-query.ts";
import { tellChange } from "./cloudwatch-tell.ts";
import { parseArn } from "./ids.ts";

/** An alarm as PutMetricAlarm takes it, with one metric by itself or several in `Metrics`. */
export type AlarmSpec = Rule & {
  AlarmName: string;
  AlarmDescription?: string;
  ActionsEnabled?: boolean;
  AlarmActions?: string[];
  OKActions?: string[];
  InsufficientDataActions?: string[];
  Metrics?: Query[];
  Namespace?: string;
  MetricName?: string;
  Dimensions?: { Name: string; Value: string }[];
  Period?: number;
  Statistic?: string;
};

/** An alarm with its state. */
export type Alarm = { arn: string; region: string; spec: AlarmSpec; putMs: number } & Standing;

/** What an alarm came to, and when. */
export type Standing = { state: AlarmState; reason: string; sinceMs: number };

/** A new alarm is first evaluated after a minute: by then what it watches has been put up too. */
const settleMs = 60_000;
/** Windows of more than a day are looked at once an hour (CloudWatch user guide, alarm evaluation). */
const dayMs = 86_400_000;

/** The alarms of all regions, each evaluated every minute over windows that slide with it, as long as there are any. */
export class Alarms {
  readonly all = new Map<string, Alarm>();
  readonly #twin: Twin;
  readonly #metrics: Metrics;
  readonly #beforeTick: () => void;
  /** What alarms came to before a restart, until they are put up again. */
  #earlier = new Map<string, Standing>();
  #ticking = false;

  /** `beforeTick` measures what nobody tells by itself. */
  constructor(twin: Twin, metrics: Metrics, beforeTick: () => void) {
    this.#twin = twin;
    this.#metrics = metrics;
    this.#beforeTick = beforeTick;
  }

  /** Puts an alarm up, or changes it: its state stays what it was (API reference, PutMetricAlarm). */
  put(region: string, spec: AlarmSpec): void {
    const arn = `arn:aws:cloudwatch:${region}:${this.#twin.account}:alarm:${spec.AlarmName}`;
    const putMs = this.#twin.clock.now();
    const fresh: Standing = {
      state: "INSUFFICIENT_DATA",
      reason: "Unchecked: Initial alarm creation",
      sinceMs: putMs,
    };
    const { state, reason, sinceMs } = this.all.get(arn) ?? this.#earlier.get(arn) ?? fresh;
    this.all.set(arn, { arn, region, spec, putMs, state, reason, sinceMs });
    if (!this.#ticking) this.#arm();
  }

  /** Takes alarms away. */
  delete(region: string, names: string[]): void {
    for (const name of names)
      this.all.delete(`arn:aws:cloudwatch:${region}:${this.#twin.account}:alarm:${name}`);
  }

  /** Only what they came to: the assembly puts the alarms themselves up again. */
  save(): unknown {
    return [...this.#earlier, ...this.all].map(([arn, { state, reason, sinceMs }]) => [
      arn,
      { state, reason, sinceMs },
    ]);
  }

  load(saved: unknown): void {
    this.#earlier = new Map(saved as [string, Standing][]);
  }

  #arm(): void {
    this.#ticking = this.all.size > 0;
    if (!this.#ticking) return;
    const minute = Math.floor(this.#twin.clock.now() / 60_000) + 1;
    // Some seconds after the minute, when what it brought has arrived.
    this.#twin.clock.at(minute * 60_000 + 5_000, () => this.#tick(minute * 60_000));
  }

  #tick(atMs: number): void {
    this.#beforeTick();
    this.#metrics.age(atMs);
    for (const alarm of this.all.values()) if (alarm.putMs + settleMs <= atMs) this.#evaluate(alarm, atMs);
    this.#arm();
  }

  #evaluate(alarm: Alarm, atMs: number): void {
    const queries = queriesOf(alarm.spec);
    const query = queries.find(({ ReturnData = true }) => ReturnData);
    if (!query) return;
    const periodMs = periodOf(query, queries) * 1_000;
    const { EvaluationPeriods } = alarm.spec;
    if (EvaluationPeriods * periodMs > dayMs && atMs % 3_600_000 !== 0) return;
    const windows = Array.from({ length: EvaluationPeriods + extraPoints }, (_, age) => ({
      fromMs: atMs - (age + 1) * periodMs,
      toMs: atMs - age * periodMs,
    }));
    const points = valuesOf({ metrics: this.#metrics, region: alarm.region }, query, queries, windows);
    const state = judge(points, alarm.spec);
    if (state === "retain" || state === alarm.state) return;
    const before = alarm.state;
    const reason = reasonOf(points.slice(0, EvaluationPeriods), alarm.spec);
    Object.assign(alarm, { state, reason, sinceMs: this.#twin.clock.now() });
    void tellChange(this.#twin, alarm, before);
  }
}

/** What an alarm looks at, in the form of several metrics. */
export function queriesOf(spec: AlarmSpec): Query[] {
  if (spec.Metrics) return spec.Metrics;
  const { Namespace, MetricName, Dimensions, Period = 60, Statistic = "Average" } = spec;
  const Metric = { Namespace, MetricName, Dimensions } as MetricStat["Metric"];
  return [{ Id: "m1", MetricStat: { Metric, Period, Stat: Statistic } }];
}

function reasonOf(
  points: (number | undefined)[],
  { Threshold, DatapointsToAlarm, EvaluationPeriods }: AlarmSpec,
): string {
  const said = points.map((value) => value ?? "missing").join(", ");
  const of = DatapointsToAlarm ?? EvaluationPeriods;
  return `Threshold Crossed: the last ${points.length} datapoints were [${said}], newest first; the threshold is ${Threshold}, and ${of} of them make the state.`;
}

/** The region of an alarm by its ARN. */
export function regionOf(arn: string): string {
  return parseArn(arn).region;
}
