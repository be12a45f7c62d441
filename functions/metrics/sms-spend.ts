import { type CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { Problem } from "../core/problem.ts";

/** What SMS have cost in this region since the month began, in US dollars; undefined if none was sent. Throws `Problem` unavailable. */
export type SmsSpend = () => Promise<number | undefined>;

/**
 * AWS/SNS SMSMonthToDateSpentUSD. SNS reports it when a message is sent, not by the clock (SNS developer guide,
 * monitoring), so the highest of the month is looked for.
 */
export function smsSpendAt(client: CloudWatchClient, now: () => Date): SmsSpend {
  return async () => {
    const EndTime = now();
    const StartTime = new Date(Date.UTC(EndTime.getUTCFullYear(), EndTime.getUTCMonth(), 1));
    const Metric = { Namespace: "AWS/SNS", MetricName: "SMSMonthToDateSpentUSD" };
    const MetricDataQueries = [{ Id: "spent", MetricStat: { Metric, Period: 3_600, Stat: "Maximum" } }];
    try {
      const asked = new GetMetricDataCommand({ StartTime, EndTime, MetricDataQueries });
      const { MetricDataResults = [] } = await client.send(asked);
      const values = MetricDataResults[0]?.Values ?? [];
      return values.length > 0 ? Math.max(...values) : undefined;
    } catch (thrown) {
      throw new Problem(
        "unavailable",
        "CloudWatch did not say what SMS have cost this month",
        "Ask again later; the SNS console shows it too.",
        thrown,
      );
    }
  };
}
