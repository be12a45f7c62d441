import { type MetricName, metrics, prometheusName, type Sample, samplesOf } from "./metrics.ts";
import type { StatusReport } from "./report.ts";

/** The media type of `openMetrics`. */
export const openMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** A report in the OpenMetrics text format 1.0: what `GET /metrics` answers to Prometheus. */
export function openMetrics(report: StatusReport, now: Date): string {
  const byName = Map.groupBy(samplesOf(report, now), ({ name }) => name);
  const families = [...byName].map(([name, samples]) => [...head(name), ...samples.map(line)].join("\n"));
  return `${[...families, "# EOF"].join("\n")}\n`;
}

function head(name: MetricName): string[] {
  const family = prometheusName(name);
  // A unit has to be the end of the name (OpenMetrics 1.0, unit).
  const unit = ["seconds", "bytes", "ratio"].find((one) => family.endsWith(`_${one}`));
  return [
    `# TYPE ${family} gauge`,
    ...(unit ? [`# UNIT ${family} ${unit}`] : []),
    `# HELP ${family} ${escaped(metrics[name].help)}`,
  ];
}

function line({ name, dimensions, value }: Sample): string {
  const labels = Object.entries(dimensions).map(([key, text]) => `${key.toLowerCase()}="${escaped(text)}"`);
  return `${prometheusName(name)}{${labels.join(",")}} ${value}`;
}

/** Backslash, quote and line end are escaped in labels and help alike. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
