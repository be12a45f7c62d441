import type { Measure } from "../twin.ts";

type Directive = {
  Namespace: string;
  /** Sets of members whose values are the dimensions; each set is a metric of its own. */
  Dimensions: string[][];
  Metrics: { Name: string; Unit?: string }[];
};
type Document = { _aws: { Timestamp: number; CloudWatchMetrics: Directive[] } } & Record<string, unknown>;

/**
 * The data points in a line of a log, after the specification of the embedded metric format: the document has `_aws` at
 * its top, and a metric's value, one number or several, is another member of it. Any other line holds none.
 */
export function embeddedIn(line: string, region: string): Measure[] {
  if (!line.includes('"_aws"')) return [];
  let document: Document;
  try {
    document = JSON.parse(line);
  } catch {
    return [];
  }
  if (!Array.isArray(document?._aws?.CloudWatchMetrics)) return [];
  const atMs = document._aws.Timestamp;
  return document._aws.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((set) => {
      const dimensions = Object.fromEntries(set.map((name) => [name, String(document[name])]));
      return Metrics.flatMap(({ Name: name, Unit: unit = "None" }) =>
        [document[name]]
          .flat()
          .filter((value) => typeof value === "number")
          .map((value) => ({ region, namespace, name, dimensions, value, unit, atMs })),
      );
    }),
  );
}
