import { Stack } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { Environment } from "../../functions/core/environment.ts";
import { watchHeartbeatMetric } from "../../functions/core/names.ts";
import { silenceAlarm, silentAfterMinutes } from "./alarm.ts";

/**
 * The dead man's switch: this region pages when the watch of either region has left no trace in this region's CloudWatch
 * three times. It needs nothing of the other region, and no function of this one.
 */
export function alarmHeartbeats(
  scope: Construct,
  environment: Environment,
  { page, everyMinutes }: { page: ITopic; everyMinutes: number },
): void {
  const here = Stack.of(scope).region;
  for (const region of [environment.primaryRegion, environment.recoveryRegion]) {
    const { namespace, name, dimensions } = watchHeartbeatMetric(environment, region);
    const metric = new Metric({ namespace, metricName: name, dimensionsMap: dimensions });
    silenceAlarm(scope, region === here ? "WatchSilent" : "OtherWatchSilent", {
      ...{ environment, name: `watch-${region}-silent`, metric, everyMinutes, page },
      says: `The watch of ${region} has left no trace in ${here} for ${silentAfterMinutes(everyMinutes)} minutes.`,
      section: "alarm-watch-silent",
    });
  }
}
