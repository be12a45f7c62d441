import { RemovalPolicy } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription, SmsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { type Environment, isHttp } from "../../functions/core/environment.ts";
import type { Severity } from "../../functions/core/finding.ts";
import { topicName } from "../../functions/core/names.ts";
import type { Task } from "./task.ts";

/** The topics of one region, `page` and `notify`, with everybody who hears them. */
export class Topics extends Construct {
  readonly page: Topic;
  readonly notify: Topic;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { environment }: { environment: Environment }) {
    super(scope, id);
    // A key of its own: an alarm can publish to an encrypted topic only if CloudWatch is in the key's policy,
    // and CloudWatch has no business with the vault's key.
    this.#key = new Key(this, "Key", {
      description: `Encrypts the Holdfast alerts of ${environment.name}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#key.addToResourcePolicy(
      this.#alarmsMay(["kms:Decrypt", "kms:GenerateDataKey"], ["*"], environment.account),
    );
    this.page = this.#topic("Page", "page", environment);
    this.notify = this.#topic("Notify", "notify", environment);
  }

  /** Lets the task publish to both topics. */
  grantPublish(task: Task): void {
    task.allow(["sns:Publish"], [this.page.topicArn, this.notify.topicArn]);
    task.allow(["kms:Decrypt", "kms:GenerateDataKey"], [this.#key.keyArn]);
  }

  /** Lets the task see who hears the topics, and what SMS may do in the region. */
  grantSeeSubscribers(task: Task): void {
    task.allow(["sns:ListSubscriptionsByTopic"], [this.page.topicArn, this.notify.topicArn]);
    const actions = [
      "sns:CheckIfPhoneNumberIsOptedOut",
      "sns:GetSMSAttributes",
      "sns:GetSMSSandboxAccountStatus",
      "sns:ListSMSSandboxPhoneNumbers",
    ];
    task.allow(actions, ["*"], { why: "SNS knows no resource for what holds for the account's SMS." });
  }

  #topic(id: string, severity: Severity, environment: Environment): Topic {
    const topic = new Topic(this, id, {
      topicName: topicName(environment, severity),
      displayName: "Holdfast",
      masterKey: this.#key,
      enforceSSL: true,
    });
    topic.addToResourcePolicy(this.#alarmsMay(["sns:Publish"], [topic.topicArn], environment.account));
    for (const channel of environment.alerts[severity]) {
      if (isHttp(channel)) continue;
      const subscription =
        channel.kind === "email"
          ? new EmailSubscription(channel.address)
          : new SmsSubscription(channel.number);
      topic.addSubscription(subscription);
    }
    return topic;
  }

  #alarmsMay(actions: string[], resources: string[], account: string): PolicyStatement {
    return new PolicyStatement({
      sid: "AlarmsOfThisAccount",
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions,
      resources,
      conditions: { StringEquals: { "aws:SourceAccount": account } },
    });
  }
}
