import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import type { Sample } from "../core/growth.ts";
import { Problem } from "../core/problem.ts";

/** The sizes of buckets over the last two weeks, a sample a day, oldest first. Throws `Problem` unavailable. */
export type BucketSizes = (buckets: readonly string[]) => Promise<ReadonlyMap<string, readonly Sample[]>>;

/** S3 measures each storage class by itself (S3 user guide, CloudWatch metrics). */
const storageTypes = [
  "StandardStorage",
  "StandardIAStorage",
  "OneZoneIAStorage",
  "IntelligentTieringFAStorage",
  "IntelligentTieringIAStorage",
  "IntelligentTieringAIAStorage",
  "IntelligentTieringAAStorage",
  "IntelligentTieringDAAStorage",
  "ReducedRedundancyStorage",
  "GlacierInstantRetrievalStorage",
  "GlacierStorage",
  "DeepArchiveStorage",
];

const daySeconds = 86_400;
const lookBackDays = 15;

/** GetMetricData takes so many queries (CloudWatch API reference). */
const queriesAtOnce = 500;

/**
 * S3 measures once a day, and CloudWatch takes money for each metric that is asked for: what was asked is believed for so
 * long.
 */
const rememberedSeconds = 6 * 3_600;

/** Asks CloudWatch for AWS/S3 BucketSizeBytes of buckets in its region, all storage classes together. */
export function bucketSizesAt(client: CloudWatchClient, now: () => Date): BucketSizes {
  let remembered: { atMs: number; key: string; sizes: Map<string, Sample[]> } | undefined;
  return async (buckets) => {
    const key = buckets.join();
    const nowMs = now().getTime();
    if (remembered?.key === key && nowMs - remembered.atMs < rememberedSeconds * 1_000)
      return remembered.sizes;
    const sizes = await ask(client, buckets, nowMs);
    remembered = { atMs: nowMs, key, sizes };
    return sizes;
  };
}

async function ask(client: CloudWatchClient, buckets: readonly string[], nowMs: number) {
  // CloudWatch counts periods from the beginning that it is given, and dates each by its own: from midnight on they are
  // the days that S3 measures (CloudWatch API reference, GetMetricData: StartTime should align with the period).
  const today = Math.floor(nowMs / (daySeconds * 1_000)) * daySeconds * 1_000;
  const byDay = new Map(buckets.map((bucket) => [bucket, new Map<number, number>()]));
  const queries = buckets.flatMap((bucket, index) =>
    storageTypes.map((type, number) => ({ bucket, query: queryOf(`b${index}_${number}`, bucket, type) })),
  );
  const bucketOf = new Map(queries.map(({ bucket, query }) => [query.Id, bucket]));
  for (let from = 0; from < queries.length; from += queriesAtOnce) {
    const MetricDataQueries = queries.slice(from, from + queriesAtOnce).map(({ query }) => query);
    for await (const { Id, Timestamps = [], Values = [] } of pagesOf(
      client,
      MetricDataQueries,
      today - lookBackDays * daySeconds * 1_000,
      nowMs,
    )) {
      const days = byDay.get(bucketOf.get(Id ?? "") ?? "");
      for (const [index, at] of Timestamps.entries())
        days?.set(at.getTime(), (days.get(at.getTime()) ?? 0) + (Values[index] ?? 0));
    }
  }
  const samples = ([, days]: [string, Map<number, number>]) =>
    [...days].map(([atMs, bytes]): Sample => ({ atMs, bytes })).sort((a, b) => a.atMs - b.atMs);
  return new Map([...byDay].map((entry) => [entry[0], samples(entry)]));
}

async function* pagesOf(
  client: CloudWatchClient,
  MetricDataQueries: MetricDataQuery[],
  fromMs: number,
  untilMs: number,
) {
  let NextToken: string | undefined;
  try {
    do {
      const answer = await client.send(
        new GetMetricDataCommand({
          StartTime: new Date(fromMs),
          EndTime: new Date(untilMs),
          MetricDataQueries,
          NextToken,
        }),
      );
      yield* answer.MetricDataResults ?? [];
      NextToken = answer.NextToken;
    } while (NextToken);
  } catch (thrown) {
    throw new Problem(
      "unavailable",
      "CloudWatch did not say how large the buckets are",
      "The next pass asks again.",
      thrown,
    );
  }
}

function queryOf(Id: string, bucket: string, type: string): MetricDataQuery {
  const Dimensions = [
    { Name: "BucketName", Value: bucket },
    { Name: "StorageType", Value: type },
  ];
  const Metric = { Namespace: "AWS/S3", MetricName: "BucketSizeBytes", Dimensions };
  return { Id, MetricStat: { Metric, Period: daySeconds, Stat: "Average" } };
}
