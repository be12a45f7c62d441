import type { Twin } from "../twin.ts";
import type { Alarm } from "./cloudwatch-alarms.ts";
import type { AlarmState } from "./cloudwatch-evaluate.ts";

/** Tells a change of an alarm's state: on the default bus, and to the topics that are its actions for the new state. */
export async function tellChange(twin: Twin, alarm: Alarm, before: AlarmState): Promise<void> {
  const { arn, region, spec, state, reason, sinceMs } = alarm;
  const timestamp = new Date(sinceMs).toISOString().replace("Z", "+0000");
  twin.emit({
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    region,
    resources: [arn],
    detail: {
      alarmName: spec.AlarmName,
      state: { value: state, reason, timestamp },
      previousState: { value: before },
      configuration: { description: spec.AlarmDescription ?? "" },
    },
  });
  if (spec.ActionsEnabled === false) return;
  const { AlarmActions = [], OKActions = [], InsufficientDataActions = [] } = spec;
  const actions = { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions }[state];
  for (const TopicArn of actions) {
    const input = { TopicArn, MessageStructure: "json", ...message(twin, alarm, before, timestamp) };
    // As on AWS, which does not try again: that an action failed is in the alarm's history, which nobody reads here.
    await twin
      .call({
        service: "sns",
        region,
        operation: "Publish",
        input,
        principal: "cloudwatch.amazonaws.com",
        sourceArn: arn,
      })
      .catch(() => {});
  }
}

function message(
  twin: Twin,
  { arn, region, spec, state, reason }: Alarm,
  before: AlarmState,
  timestamp: string,
) {
  const Subject = `${state}: "${spec.AlarmName}" in ${region}`.slice(0, 100);
  const all = {
    AlarmName: spec.AlarmName,
    AlarmDescription: spec.AlarmDescription ?? null,
    AWSAccountId: twin.account,
    NewStateValue: state,
    NewStateReason: reason,
    StateChangeTime: timestamp,
    Region: region,
    AlarmArn: arn,
    OldStateValue: before,
  };
  const email = [
    `Your Amazon CloudWatch alarm "${spec.AlarmName}" in the ${region} region has entered the ${state} state.`,
    spec.AlarmDescription ?? "",
    `Reason: ${reason}`,
    `State change: ${before} -> ${state} at ${timestamp}`,
  ].join("\n\n");
  return { Subject, Message: JSON.stringify({ default: JSON.stringify(all), email, sms: Subject }) };
}
