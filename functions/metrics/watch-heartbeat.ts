import { type CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { type Environment, otherRegion } from "../core/environment.ts";
import { watchHeartbeatMetric } from "../core/names.ts";

/** What became of a heartbeat in one region's CloudWatch. */
export type Beat = {
  region: string;
  taken: boolean;
  /** Why it was not taken. */
  reason?: string;
};

/**
 * Leaves the trace of one pass of this region's watch in both regions' CloudWatch, and tells where it arrived. It
 * never throws: what does not arrive is missing there, and that is what the alarm of that region pages for.
 */
export type LeaveHeartbeat = () => Promise<Beat[]>;

/** The CloudWatch of a region and of the other one. */
export type BothCloudWatches = { here: CloudWatchClient; there: CloudWatchClient };

/** Heartbeats of the watch in a region. CloudWatch stamps them as they arrive, so clocks that are apart do not count. */
export function heartbeatFrom(
  environment: Environment,
  region: string,
  { here, there }: BothCloudWatches,
): LeaveHeartbeat {
  const { namespace, name, dimensions } = watchHeartbeatMetric(environment, region);
  const put = () =>
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: [
        {
          MetricName: name,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          Value: 1,
          Unit: "Count",
        },
      ],
    });
  const leave = async (client: CloudWatchClient, at: string): Promise<Beat> => {
    try {
      await client.send(put());
      return { region: at, taken: true };
    } catch (thrown) {
      const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
      return { region: at, taken: false, reason };
    }
  };
  return () => Promise.all([leave(here, region), leave(there, otherRegion(environment, region))]);
}
