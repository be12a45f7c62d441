import { SNSClient } from "@aws-sdk/client-sns";
import { type DeliverWorld, deliverWorld } from "./deliver-world.ts";
import { readEnv } from "./env.ts";
import { type Subscribers, subscribersAt } from "./messages/subscribers.ts";
import { type Topics, topicsAt } from "./messages/topics.ts";
import { cloudWatchIn } from "./metrics/clients.ts";
import { type SmsSpend, smsSpendAt } from "./metrics/sms-spend.ts";

/** What it takes to look at every channel, and to try them. */
export type ChannelsWorld = DeliverWorld & { topics: Topics; subscribers: Subscribers; smsSpend: SmsSpend };

/** That world in Lambda. */
export function channelsWorld(variables: Record<string, string | undefined> = process.env): ChannelsWorld {
  const own = deliverWorld(variables);
  const { HOLDFAST_PAGE_TOPIC_ARN: page, HOLDFAST_NOTIFY_TOPIC_ARN: notify } = readEnv(variables);
  const sns = new SNSClient({ region: own.region });
  return {
    ...own,
    topics: topicsAt(sns, { page, notify }),
    subscribers: subscribersAt(sns, { page, notify }),
    smsSpend: smsSpendAt(cloudWatchIn(own.region), own.now),
  };
}
