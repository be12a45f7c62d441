import { call, type Maker, nothing } from "./resource.ts";

/** Alarms really watch; a dashboard is a name, for nobody looks at it here. */
export const cloudWatchMakers: Record<string, Maker> = {
  "AWS::CloudWatch::Alarm": async (site, id, properties) => {
    const AlarmName = properties.AlarmName ?? `${site.stack}-${id}`;
    await call(site, "monitoring", "PutMetricAlarm", { ...properties, AlarmName });
    const Arn = `arn:aws:cloudwatch:${site.region}:${site.account}:alarm:${AlarmName}`;
    return { ref: AlarmName, attributes: { Arn } };
  },
  "AWS::CloudWatch::Dashboard": nothing,
};
