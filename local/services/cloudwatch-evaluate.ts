/** The states of an alarm. */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** What a missing data point counts as; AWS's default is `missing`. */
export type Missing = "breaching" | "notBreaching" | "ignore" | "missing";

/** What decides an alarm's state, in the words of PutMetricAlarm. */
export type Rule = {
  EvaluationPeriods: number;
  /** @default - all of the evaluation periods */
  DatapointsToAlarm?: number;
  Threshold: number;
  ComparisonOperator: string;
  TreatMissingData?: Missing;
};

/**
 * How many more data points than EvaluationPeriods are looked at. AWS only says that it depends on the period; in both of
 * its examples it is two.
 */
export const extraPoints = 2;

/**
 * The state that data points call for, newest first, `EvaluationPeriods + extraPoints` of them; `undefined` is missing.
 * `retain`: it stays what it is. After the CloudWatch user guide, "How alarm state is evaluated when data is missing", and
 * its two tables, which test/local/alarms.test.ts has.
 */
export function judge(points: readonly (number | undefined)[], rule: Rule): AlarmState | "retain" {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, TreatMissingData = "missing" } = rule;
  const real = points.flatMap((value, age) =>
    value === undefined ? [] : [{ age, bad: breaches(value, rule) }],
  );
  if (real.length >= EvaluationPeriods)
    return verdict(bad(real.slice(0, EvaluationPeriods)), DatapointsToAlarm);
  const filled = EvaluationPeriods - real.length;
  const breaching = bad(real);
  if (TreatMissingData === "breaching") return verdict(breaching + filled, DatapointsToAlarm);
  if (TreatMissingData === "notBreaching" || breaching >= DatapointsToAlarm)
    return verdict(breaching, DatapointsToAlarm);
  if (real.length === 0) return TreatMissingData === "ignore" ? "retain" : "INSUFFICIENT_DATA";
  if (breaching < real.length) return "OK";
  // All that is there is breaching, and too little is there: "avoiding premature transitions".
  const oldEnough = (real.at(-1)?.age ?? 0) + 1 >= DatapointsToAlarm;
  return oldEnough && TreatMissingData === "missing" ? "ALARM" : "retain";
}

function bad(points: { bad: boolean }[]): number {
  return points.filter((point) => point.bad).length;
}

function verdict(breaching: number, toAlarm: number): AlarmState {
  return breaching >= toAlarm ? "ALARM" : "OK";
}

const operators: Record<string, { holds: (value: number, threshold: number) => boolean; words: string }> = {
  GreaterThanOrEqualToThreshold: { holds: (a, b) => a >= b, words: "greater than or equal to" },
  GreaterThanThreshold: { holds: (a, b) => a > b, words: "greater than" },
  LessThanOrEqualToThreshold: { holds: (a, b) => a <= b, words: "less than or equal to" },
  LessThanThreshold: { holds: (a, b) => a < b, words: "less than" },
};

/** The comparisons of metric alarms that are not about anomalies, in CloudWatch's own words. */
export function comparison(operator: string) {
  return operators[operator];
}

function breaches(value: number, { Threshold, ComparisonOperator }: Rule): boolean {
  return comparison(ComparisonOperator)?.holds(value, Threshold) ?? false;
}
