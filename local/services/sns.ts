import { AwsError, type Call, type Operation, type Service, type Twin } from "../twin.ts";
import { defaultRetries, deliver, send } from "./delivery.ts";
import { newId, parseArn } from "./ids.ts";
import { Outbox } from "./outbox.ts";
import { smsAccounts, spend } from "./sns-sms.ts";

type Subscription = {
  arn: string;
  topicArn: string;
  protocol: string;
  endpoint: string;
  confirmed: boolean;
  attributes: Record<string, string>;
};
type Topic = { arn: string; attributes: Record<string, string>; tags: object[] };

/** What `snsService` may be told. */
export type SnsOptions = {
  outbox?: Outbox;
  /** Confirm email subscriptions by themselves; on AWS somebody has to follow a link. @default false */
  autoConfirm?: boolean;
  /** Settings of SMS by region, for a test that says what people did. */
  sms?: ReturnType<typeof smsAccounts>;
};

/** SNS: standard topics with email, SMS, SQS and Lambda subscriptions. People's messages go to the outbox. */
export function snsService(
  twin: Twin,
  { outbox = new Outbox(), autoConfirm = false, sms = smsAccounts() }: SnsOptions = {},
): Service {
  const topics = new Map<string, Topic>();
  const subscriptions = new Map<string, Subscription>();

  const topicOf = (arn: string): Topic => {
    const topic = topics.get(arn);
    if (!topic) throw new AwsError("NotFoundException", "Topic does not exist", 404);
    return topic;
  };
  const subscriptionOf = (arn: string): Subscription => {
    const subscription = subscriptions.get(arn);
    if (!subscription) throw new AwsError("NotFoundException", "Subscription does not exist", 404);
    return subscription;
  };
  const inRegion = (call: Call) =>
    [...subscriptions.values()].filter(({ topicArn }) => parseArn(topicArn).region === call.region);

  const tell = (to: Subscription, message: Published): void => {
    const { messageId, subject, texts } = message;
    const text = texts[to.protocol] ?? texts.default ?? "";
    const at = new Date(twin.clock.now()).toISOString();
    if (to.protocol === "email" || to.protocol === "sms") {
      const withSubject = to.protocol === "email" && subject ? { subject } : {};
      outbox.deliver({
        protocol: to.protocol,
        to: to.endpoint,
        text,
        topicArn: to.topicArn,
        messageId,
        at,
        ...withSubject,
      });
      if (to.protocol === "sms" && to.topicArn) {
        const { region } = parseArn(to.topicArn);
        const value = spend(sms.of(region), twin.clock.now());
        const metric = { namespace: "AWS/SNS", name: "SMSMonthToDateSpentUSD", dimensions: {} };
        twin.measure({ region, ...metric, value });
      }
      return;
    }
    const envelope = {
      Type: "Notification",
      MessageId: messageId,
      TopicArn: to.topicArn,
      Subject: subject,
      Message: text,
      Timestamp: at,
    };
    const raw = to.attributes.RawMessageDelivery === "true";
    const record = {
      EventSource: "aws:sns",
      EventVersion: "1.0",
      EventSubscriptionArn: to.arn,
      Sns: envelope,
    };
    const body =
      to.protocol === "lambda"
        ? JSON.stringify({ Records: [record] })
        : raw
          ? text
          : JSON.stringify(envelope);
    const sender = { principal: "sns.amazonaws.com", sourceArn: to.topicArn };
    void deliver(twin.clock, defaultRetries, () => send(twin, to.endpoint, body, sender));
  };

  const operations: Record<string, Operation> = {
    CreateTopic({ Name, Attributes = {}, Tags = [] }, call) {
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(Name)) throw invalid("Topic Name");
      const arn = `arn:aws:sns:${call.region}:${twin.account}:${Name}`;
      if (!topics.has(arn)) topics.set(arn, { arn, attributes: { ...Attributes }, tags: Tags });
      return { TopicArn: arn };
    },
    DeleteTopic({ TopicArn }) {
      topics.delete(TopicArn);
      for (const [arn, { topicArn }] of subscriptions) if (topicArn === TopicArn) subscriptions.delete(arn);
      return {};
    },
    ListTopics(_input, call) {
      const here = [...topics.keys()].filter((arn) => parseArn(arn).region === call.region);
      return { Topics: here.map((TopicArn) => ({ TopicArn })) };
    },
    GetTopicAttributes({ TopicArn }) {
      const { attributes } = topicOf(TopicArn);
      const of = [...subscriptions.values()].filter(({ topicArn }) => topicArn === TopicArn);
      const count = (confirmed: boolean) => String(of.filter((each) => each.confirmed === confirmed).length);
      const counts = {
        SubscriptionsConfirmed: count(true),
        SubscriptionsPending: count(false),
        SubscriptionsDeleted: "0",
      };
      return { Attributes: { ...attributes, TopicArn, Owner: twin.account, ...counts } };
    },
    SetTopicAttributes({ TopicArn, AttributeName, AttributeValue = "" }) {
      topicOf(TopicArn).attributes[AttributeName] = AttributeValue;
      return {};
    },
    Subscribe({ TopicArn, Protocol, Endpoint, Attributes = {}, ReturnSubscriptionArn = false }) {
      topicOf(TopicArn);
      checkEndpoint(Protocol, Endpoint);
      if (Attributes.FilterPolicy)
        throw new AwsError("NotEmulated", "not emulated: sns:Subscribe FilterPolicy", 501);
      const known = [...subscriptions.values()].find(
        (each) => each.topicArn === TopicArn && each.protocol === Protocol && each.endpoint === Endpoint,
      );
      // Only email waits for a person here: SQS, Lambda and SMS of the own account are confirmed at once.
      const confirmed = Protocol !== "email" || autoConfirm;
      const subscription = known ?? {
        arn: `${TopicArn}:${newId()}`,
        topicArn: TopicArn,
        protocol: Protocol,
        endpoint: Endpoint,
        confirmed,
        attributes: Attributes,
      };
      if (!known) subscriptions.set(subscription.arn, subscription);
      const shown =
        subscription.confirmed || ReturnSubscriptionArn ? subscription.arn : "pending confirmation";
      return { SubscriptionArn: shown };
    },
    /** The token is the subscription's ARN: nothing was sent that could hold another. */
    ConfirmSubscription({ Token }) {
      const subscription = subscriptionOf(Token);
      subscription.confirmed = true;
      return { SubscriptionArn: subscription.arn };
    },
    Unsubscribe({ SubscriptionArn }) {
      subscriptions.delete(SubscriptionArn);
      return {};
    },
    GetSubscriptionAttributes({ SubscriptionArn }) {
      const { arn, topicArn, protocol, endpoint, confirmed, attributes } = subscriptionOf(SubscriptionArn);
      const own = { SubscriptionArn: arn, TopicArn: topicArn, Protocol: protocol, Endpoint: endpoint };
      return {
        Attributes: { ...attributes, ...own, Owner: twin.account, PendingConfirmation: String(!confirmed) },
      };
    },
    ListSubscriptions: (_input, call) => ({
      Subscriptions: inRegion(call).map((each) => listed(each, twin.account)),
    }),
    ListSubscriptionsByTopic({ TopicArn, NextToken }, call) {
      topicOf(TopicArn);
      const of = inRegion(call).filter(({ topicArn }) => topicArn === TopicArn);
      const from = Number(NextToken ?? 0);
      const page = of.slice(from, from + subscriptionsPerPage);
      return {
        Subscriptions: page.map((each) => listed(each, twin.account)),
        ...(from + page.length < of.length ? { NextToken: String(from + page.length) } : {}),
      };
    },
    ...sms.operations,
    Publish(input) {
      const message = published(input);
      const arn = input.TopicArn ?? input.TargetArn;
      if (input.PhoneNumber) {
        checkEndpoint("sms", input.PhoneNumber);
        tell(
          {
            arn: "",
            topicArn: "",
            protocol: "sms",
            endpoint: input.PhoneNumber,
            confirmed: true,
            attributes: {},
          },
          message,
        );
      } else {
        topicOf(arn);
        for (const each of subscriptions.values())
          if (each.topicArn === arn && each.confirmed) tell(each, message);
      }
      return { MessageId: message.messageId };
    },
  };
  return {
    name: "sns",
    operations,
    save: () => ({ topics: [...topics.values()], subscriptions: [...subscriptions.values()] }),
    load(state) {
      const saved = state as { topics: Topic[]; subscriptions: Subscription[] };
      for (const topic of saved.topics) topics.set(topic.arn, topic);
      for (const subscription of saved.subscriptions) subscriptions.set(subscription.arn, subscription);
    },
  };
}

/** SNS API reference, ListSubscriptionsByTopic. */
const subscriptionsPerPage = 100;

type Published = { messageId: string; subject?: string; texts: Record<string, string> };

/** The limits of Publish (SNS API reference): 256 KiB, a subject of 1 to 100 printable ASCII characters. */
function published(input: Record<string, unknown>): Published {
  const message = String(input.Message ?? "");
  if (message === "") throw invalid("Empty message");
  if (Buffer.byteLength(message) > 262_144) throw invalid("Message too long");
  const subject = input.Subject as string | undefined;
  if (subject !== undefined && !/^[!-~][ -~]{0,99}$/.test(subject)) throw invalid("Subject");
  let texts: Record<string, string> = { default: message };
  if (input.MessageStructure === "json") {
    try {
      texts = JSON.parse(message);
    } catch {
      throw invalid("Message Structure - JSON message body failed to parse");
    }
    if (typeof texts.default !== "string")
      throw invalid("Message Structure - No default entry in JSON message body");
  }
  return { messageId: newId(), texts, ...(subject === undefined ? {} : { subject }) };
}

function checkEndpoint(protocol: string, endpoint: string): void {
  const patterns: Record<string, RegExp> = {
    email: /^[^\s@]+@[^\s@]+$/,
    sms: /^\+[1-9]\d{1,14}$/,
    sqs: /^arn:aws:sqs:/,
    lambda: /^arn:aws:lambda:/,
  };
  const pattern = patterns[protocol];
  if (!pattern)
    throw new AwsError("NotEmulated", `not emulated: sns subscriptions with protocol ${protocol}`, 501);
  if (pattern.test(endpoint)) return;
  throw invalid(
    protocol === "sms"
      ? `PhoneNumber Reason: ${endpoint} is not valid to publish to`
      : `${protocol} endpoint`,
  );
}

function listed({ arn, topicArn, protocol, endpoint, confirmed }: Subscription, account: string) {
  const SubscriptionArn = confirmed ? arn : "PendingConfirmation";
  return { SubscriptionArn, Owner: account, Protocol: protocol, Endpoint: endpoint, TopicArn: topicArn };
}

function invalid(what: string): AwsError {
  return new AwsError("InvalidParameterException", `Invalid parameter: ${what}`);
}
