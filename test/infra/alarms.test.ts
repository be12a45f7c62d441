import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Resource, Template } from "../../infra/templates.ts";
import { beating, prod } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

const planes = (environment = prod) =>
  templatesOf(environment).filter(({ stack }) => !stack.includes("-vault-"));
const of = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.resources).filter(([, { Type }]) => Type === type);
const alarmsOf = (template: Template) =>
  of(template, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);
const nameOf = (template: Template, value: { Ref?: string; "Fn::GetAtt"?: [string, string] } | undefined) =>
  template.resources[value?.Ref ?? value?.["Fn::GetAtt"]?.[0] ?? ""]?.Properties.FunctionName;

test("every alarm pages its own region by a name that can be read, and says what to do", () => {
  for (const template of planes(beating)) {
    const alarms = alarmsOf(template);
    for (const alarm of alarms) {
      expect(alarm.AlarmActions).toHaveLength(1);
      expect(template.resources[alarm.AlarmActions[0].Ref]?.Properties.TopicName).toBe("holdfast-prod-page");
      expect(alarm.AlarmDescription).toMatch(/docs\/runbook\.md#alarm-[a-z-]+$/);
      expect(alarm.AlarmName).toMatch(/^holdfast-prod-[a-z0-9-]+$/);
    }
    expect(new Set(alarms.map(({ AlarmName }) => AlarmName)).size).toBe(alarms.length);
  }
});

test("functions that fail, work that is given up and queues that fall behind are alarmed", () => {
  for (const template of planes()) {
    const watched = (metric: string) => alarmsOf(template).filter(({ MetricName }) => MetricName === metric);
    const functions = of(template, "AWS::Lambda::Function").length;
    expect(watched("Errors")).toHaveLength(functions);
    expect(watched("ApproximateNumberOfMessagesVisible")).toHaveLength(functions);
    expect(watched("ApproximateAgeOfOldestMessage")).toHaveLength(
      of(template, "AWS::SQS::Queue").length - functions,
    );
  }
});

test("whatever a schedule runs pages when it did not run three times, counting from the last time it did", () => {
  for (const template of planes(beating)) {
    const scheduled = of(template, "AWS::Scheduler::Schedule").map(([, { Properties }]) => {
      const minutes = Number(/^rate\((\d+) minutes?\)$/.exec(Properties.ScheduleExpression)?.[1]);
      return [nameOf(template, Properties.Target.Arn), Math.max(5, minutes) * 60];
    });
    const alarmed = alarmsOf(template)
      .filter(({ AlarmName }) => AlarmName.endsWith("-not-running"))
      .map(({ Metrics, ...alarm }) => {
        expect(alarm).toMatchObject({
          EvaluationPeriods: 3,
          DatapointsToAlarm: 3,
          Threshold: 1,
          ComparisonOperator: "LessThanThreshold",
          TreatMissingData: "breaching",
        });
        const [filled, counted] = Metrics;
        // Without FILL an alarm goes on with older points for longer than anybody could promise.
        expect(filled).toEqual({ Expression: "FILL(counted, 0)", Id: "expr_1", ReturnData: true });
        const { Metric, Period, Stat } = counted.MetricStat;
        expect([Metric.Namespace, Metric.MetricName, Stat]).toEqual(["AWS/Lambda", "Invocations", "Sum"]);
        return [nameOf(template, Metric.Dimensions[0].Value), Period];
      });
    expect(scheduled.length).toBeGreaterThan(2);
    // The watch is heard by the trace that it leaves at the end of a pass.
    const others = scheduled.filter(([name]) => name !== "holdfast-prod-watch");
    expect(others).toHaveLength(scheduled.length - 1);
    expect(alarmed.sort()).toEqual(others.sort());
  }
});

test("the runbook says of each of these functions what stands still, and after how many minutes it is told", () => {
  const runbook = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8");
  const section = runbook.split("### alarm-not-running")[1]?.split("\n## ")[0]?.split("\n### ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `([a-z<>-]+)` \| .+ \| (\d+) minutes \|$/gm)];
  const said = rows.map(([, name, minutes]) => `${name} ${minutes}`);
  const alarmed = planes(beating)
    .flatMap(alarmsOf)
    .flatMap(({ AlarmName, AlarmDescription }) => {
      const name = /^holdfast-prod-(.+)-not-running$/.exec(AlarmName)?.[1];
      const minutes = /has not run for (\d+) minutes/.exec(AlarmDescription)?.[1];
      return name ? [`${name.replace("heartbeat-orders", "heartbeat-<source>")} ${minutes}`] : [];
    });
  expect(said.sort()).toEqual([...new Set(alarmed)].sort());
});

test("an alarm's end is told to page, and what was never in alarm is not", () => {
  for (const template of planes()) {
    const [, rule] = of(template, "AWS::Events::Rule").find(([id]) => id.includes("AlarmEnds")) ?? [];
    expect(rule?.Properties.EventPattern).toEqual({
      source: ["aws.cloudwatch"],
      "detail-type": ["CloudWatch Alarm State Change"],
      resources: [{ prefix: `arn:aws:cloudwatch:${template.region}:111122223333:alarm:holdfast-prod-` }],
      detail: { state: { value: ["OK"] }, previousState: { value: ["ALARM"] } },
    });
    const [target] = rule?.Properties.Targets ?? [];
    expect(template.resources[target.Arn.Ref]?.Properties.TopicName).toBe("holdfast-prod-page");
    for (const alarm of alarmsOf(template)) expect(alarm.OKActions).toBeUndefined();
  }
});

test("each region pages by itself when the watch of either region has left no trace for 15 minutes", () => {
  for (const template of planes()) {
    const silences = alarmsOf(template).filter(({ AlarmName }) => AlarmName.endsWith("-silent"));
    const heard = silences.map(({ Metrics: [filled, counted], ...alarm }) => {
      expect(filled).toEqual({ Expression: "FILL(counted, 0)", Id: "expr_1", ReturnData: true });
      expect(alarm).toMatchObject({
        EvaluationPeriods: 3,
        DatapointsToAlarm: 3,
        Threshold: 1,
        ComparisonOperator: "LessThanThreshold",
        TreatMissingData: "breaching",
      });
      const { Metric, Period, Stat } = counted.MetricStat;
      expect([Metric.Namespace, Metric.MetricName, Stat, Period]).toEqual([
        "Holdfast",
        "WatchHeartbeat",
        "Sum",
        300,
      ]);
      return Object.fromEntries(
        Metric.Dimensions.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]),
      );
    });
    expect(heard).toEqual([
      { Environment: "prod", Region: "eu-west-1" },
      { Environment: "prod", Region: "eu-central-1" },
    ]);
  }
});
