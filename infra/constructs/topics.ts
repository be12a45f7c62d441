import type { Key } from "aws-cdk-lib/aws-kms";
import { type ITopicSubscription, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription, SmsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import type { Channel, Environment } from "../../functions/core/environment.ts";
import { topicName } from "../../functions/core/names.ts";

/** The two topics of a region, with the people behind them. Each region has its own, so that either can page alone. */
export class Topics extends Construct {
  readonly page: Topic;
  readonly notify: Topic;

  constructor(scope: Construct, { environment, key }: { environment: Environment; key: Key }) {
    super(scope, "Topics");
    this.page = this.#topic("page", environment, key);
    this.notify = this.#topic("notify", environment, key);
  }

  #topic(severity: "page" | "notify", environment: Environment, key: Key): Topic {
    const topic = new Topic(this, severity, {
      topicName: topicName(environment, severity),
      displayName: `Holdfast ${environment.name}`,
      masterKey: key,
      enforceSSL: true,
    });
    for (const channel of environment.alerts[severity]) topic.addSubscription(subscriptionOf(channel));
    return topic;
  }
}

function subscriptionOf(channel: Channel): ITopicSubscription {
  return channel.kind === "email"
    ? new EmailSubscription(channel.address)
    : new SmsSubscription(channel.number);
}
