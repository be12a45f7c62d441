import { Duration, Stack } from "aws-cdk-lib";
import {
  Alarm,
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type IWidget,
  MathExpression,
  Metric,
  SingleValueWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import type { MetricName } from "../../functions/core/metrics.ts";
import { metricsNamespace, watchHeartbeatMetric } from "../../functions/core/names.ts";

/** What the dashboard of a region is called. Dashboards have no region of their own, so theirs is in the name. */
export function dashboardName({ name }: Pick<Environment, "name">, region: string): string {
  return `holdfast-${name}-${region}`;
}

const period = Duration.minutes(5);
const [whole, half, height] = [24, 12, 6];
/** An alarm widget takes a hundred (CloudWatch API reference, dashboard body). */
const alarmsInOne = 100;

/**
 * One region as its own CloudWatch sees it: its alarms, how protected everything is, who watches, what it costs, and how
 * the functions do. Made last, for it shows every alarm of the stack. Sources come by SEARCH: one more needs no deployment.
 */
export function addDashboard(scope: Construct, environment: Environment): void {
  const { region } = Stack.of(scope);
  const alarms = Stack.of(scope)
    .node.findAll()
    .filter((one): one is Alarm => one instanceof Alarm);
  const rows: IWidget[][] = [
    [title(environment, region)],
    ...chunks(alarms).map((some) => [
      new AlarmStatusWidget({ title: "Alarms", alarms: some, width: whole, height: 4 }),
    ]),
    [glance(environment)],
    [
      graph(
        "Age of the newest restorable point, as a part of the RPO",
        bySource(environment, "RpoUsedRatio"),
        1,
      ),
      graph(
        "Time out of the RPO in 30 days, as a part of what is allowed",
        bySource(environment, "RpoBudgetSpentRatio"),
        1,
      ),
    ],
    [
      graph("Passes of the watches that left their trace here", heartbeats(environment)),
      graph("Regions that answered the watch", byPlace(environment, "RegionAnswered")),
    ],
    [
      graph("Buckets that keep backups, bytes", byPlace(environment, "StorageBytes")),
      graph("The tightest quota, as a part that is used", byPlace(environment, "QuotaUsedRatio"), 0.9),
    ],
    [
      graph("Functions that failed", ofFunctions(environment, "Errors", "Sum")),
      graph("How long functions take, ms", ofFunctions(environment, "Duration", "Maximum")),
    ],
    [
      graph(
        "Age of the oldest message in a queue, s",
        ofQueues(environment, "ApproximateAgeOfOldestMessage"),
      ),
      graph("Messages in a queue", ofQueues(environment, "ApproximateNumberOfMessagesVisible")),
    ],
  ];
  new Dashboard(scope, "Dashboard", { dashboardName: dashboardName(environment, region), widgets: rows });
}

function title({ name }: Environment, region: string): IWidget {
  const markdown = `# Holdfast ${name}, as ${region} sees it\nWhat the metrics mean: docs/metrics.md. What to do about an alarm: docs/runbook.md.`;
  return new TextWidget({ markdown, width: whole, height: 2 });
}

function glance(environment: Environment): IWidget {
  const names: MetricName[] = [
    "Sources",
    "SourcesLate",
    "SourcesUnknown",
    "PagingFindings",
    "NotifyingFindings",
  ];
  const metrics = names.map((name) => own(environment, name));
  return new SingleValueWidget({ title: "At a glance", metrics, width: whole, height: 4 });
}

/** One of the environment's own metrics. */
function own(
  { name: Environment }: Environment,
  metricName: MetricName,
  more: Record<string, string> = {},
): Metric {
  const dimensionsMap = { Environment, ...more };
  return new Metric({ namespace: metricsNamespace, metricName, dimensionsMap, statistic: "Maximum", period });
}

function byPlace(environment: Environment, name: MetricName): Metric[] {
  const regions = [environment.primaryRegion, environment.recoveryRegion];
  return regions.map((Place) => own(environment, name, { Place }).with({ label: Place }));
}

function bySource({ name }: Environment, metric: MetricName): MathExpression[] {
  const schema = `{${metricsNamespace},Environment,Source,Place} MetricName="${metric}" Environment="${name}"`;
  return [search(schema, "Maximum", `\${PROP('Dim.Source')} in \${PROP('Dim.Place')}`)];
}

function heartbeats(environment: Environment): Metric[] {
  return [environment.primaryRegion, environment.recoveryRegion].map((region) => {
    const { namespace, name, dimensions } = watchHeartbeatMetric(environment, region);
    const about = { namespace, metricName: name, dimensionsMap: dimensions };
    return new Metric({ ...about, statistic: "Sum", period, label: region });
  });
}

function ofFunctions({ name }: Environment, metric: string, statistic: string): MathExpression[] {
  const schema = `{AWS/Lambda,FunctionName} MetricName="${metric}" FunctionName=holdfast-${name}`;
  return [search(schema, statistic, `\${PROP('Dim.FunctionName')}`)];
}

function ofQueues({ name }: Environment, metric: string): MathExpression[] {
  const schema = `{AWS/SQS,QueueName} MetricName="${metric}" QueueName=holdfast-${name}`;
  return [search(schema, "Maximum", `\${PROP('Dim.QueueName')}`)];
}

function search(schema: string, statistic: string, label: string): MathExpression {
  const expression = `SEARCH('${schema}', '${statistic}', ${period.toSeconds()})`;
  return new MathExpression({ expression, usingMetrics: {}, label, period });
}

/** A graph over half the width; `limit` is the line that nothing should cross. */
function graph(about: string, left: (Metric | MathExpression)[], limit?: number): IWidget {
  const leftAnnotations =
    limit === undefined ? [] : [{ value: limit, color: Color.RED, label: String(limit) }];
  return new GraphWidget({ title: about, left, leftAnnotations, leftYAxis: { min: 0 }, width: half, height });
}

function chunks(alarms: Alarm[]): Alarm[][] {
  return Array.from({ length: Math.ceil(alarms.length / alarmsInOne) }, (_, index) =>
    alarms.slice(index * alarmsInOne, (index + 1) * alarmsInOne),
  );
}
