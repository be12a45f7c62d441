import { type MetricName, metrics, type Sample, samplesOf } from "./metrics.ts";
import { metricsNamespace } from "./names.ts";
import type { StatusReport } from "./report.ts";

/**
 * Up to so many sources each has metrics of its own in CloudWatch, where a series costs 0.30 USD a month. With more there
 * are those of the environment and its regions; `GET /metrics` has all.
 */
export const cloudWatchSources = 50;

/** A document in CloudWatch's embedded metric format: one line of a log. */
export type EmbeddedDocument = { _aws: object } & Record<string, unknown>;

/** What of a report goes to CloudWatch: a document for each source and region, for a document has one set of dimensions. */
export function embeddedMetrics(report: StatusReport, now: Date): EmbeddedDocument[] {
  const each = report.sources.length <= cloudWatchSources;
  const samples = samplesOf(report, now).filter(
    ({ name, dimensions }) => metrics[name].cloudWatch && (each || dimensions.Source === undefined),
  );
  const groups = Map.groupBy(samples, ({ dimensions }) => JSON.stringify(dimensions));
  return [...groups.values()].map((group) => documentOf(group, now));
}

function documentOf(samples: Sample[], now: Date): EmbeddedDocument {
  const { dimensions = {} } = samples[0] ?? {};
  const directive = {
    Namespace: metricsNamespace,
    Dimensions: [Object.keys(dimensions)],
    Metrics: samples.map(({ name }) => ({ Name: name, Unit: unitOf(name) })),
  };
  return {
    _aws: { Timestamp: now.getTime(), CloudWatchMetrics: [directive] },
    ...dimensions,
    ...Object.fromEntries(samples.map(({ name, value }) => [name, value])),
  };
}

function unitOf(name: MetricName): string {
  return metrics[name].unit;
}
