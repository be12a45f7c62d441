import {
  CheckIfPhoneNumberIsOptedOutCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSMSAttributesCommand,
  GetSMSSandboxAccountStatusCommand,
  GetTopicAttributesCommand,
  ListSMSSandboxPhoneNumbersCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { matches, present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";
import { queueIn } from "./queues.ts";

async function topicIn(place: Place, Attributes: Record<string, string> = {}) {
  const { sns } = place.here;
  const name = place.name("sns");
  const made = await sns.send(new CreateTopicCommand({ Name: name, Attributes }));
  const TopicArn = present("the topic's ARN", made.TopicArn);
  place.afterwards(`topic ${name}`, () => sns.send(new DeleteTopicCommand({ TopicArn })));
  return { sns, name, TopicArn };
}

async function subscribed(place: Place, attributes: Record<string, string> = {}) {
  const topic = await topicIn(place);
  const queue = await queueIn(place, { from: "sns.amazonaws.com" });
  const { SubscriptionArn } = await topic.sns.send(
    new SubscribeCommand({
      TopicArn: topic.TopicArn,
      Protocol: "sqs",
      Endpoint: queue.arn,
      Attributes: attributes,
      ReturnSubscriptionArn: true,
    }),
  );
  return { ...topic, queue, subscription: present("the subscription's ARN", SubscriptionArn) };
}

/** Topics: how people are told. */
export const snsCases: Case[] = [
  {
    name: "SNS: an e-mail address that nobody has confirmed is listed as pending, without an ARN",
    async run(place) {
      const { sns, TopicArn } = await topicIn(place);
      // The domain of examples: nobody gets what is sent there.
      const Endpoint = "backup@example.com";
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint }));
      const listed = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
      const [only] = listed.Subscriptions ?? [];
      same("the protocol", only?.Protocol, "email");
      same("the address", only?.Endpoint, Endpoint);
      same("in place of the ARN", only?.SubscriptionArn, "PendingConfirmation");
    },
  },
  {
    name: "SNS: the settings of SMS say what may be spent in a month, as a number in a text",
    async run({ here: { sns } }) {
      const attributes = ["MonthlySpendLimit"];
      const answer = await sns.send(new GetSMSAttributesCommand({ attributes }));
      // Before anybody has set it, AWS may leave it out; it is 1 USD then.
      matches("the limit", answer.attributes?.MonthlySpendLimit ?? "1", /^\d+$/);
    },
  },
  {
    name: "SNS: an account is in the SMS sandbox of a region or not, and lists the numbers that it has there",
    async run({ here: { sns } }) {
      const { IsInSandbox } = await sns.send(new GetSMSSandboxAccountStatusCommand({}));
      same("the kind of answer", typeof IsInSandbox, "boolean");
      const { PhoneNumbers } = await sns.send(new ListSMSSandboxPhoneNumbersCommand({}));
      same("a list", Array.isArray(PhoneNumbers), true);
    },
  },
  {
    name: "SNS: a number that nobody has ever written to has not opted out",
    async run({ here: { sns } }) {
      // Kept free for fiction in the UK.
      const phoneNumber = "+447700900123";
      const answer = await sns.send(new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber }));
      same("opted out", answer.isOptedOut ?? false, false);
    },
  },
  {
    name: "SNS: a published message reaches a queue in SNS's envelope",
    async run(place) {
      const { sns, TopicArn, queue } = await subscribed(place);
      const publish = () =>
        sns.send(new PublishCommand({ TopicArn, Subject: "Backup is late", Message: "prod: grüße & <b>" }));
      matches("the message's id", (await publish()).MessageId, /^[0-9a-f-]{36}$/);
      const told = await queue.next("the message", publish);
      same("Type", told.Type, "Notification");
      same("TopicArn", told.TopicArn, TopicArn);
      same("Subject", told.Subject, "Backup is late");
      same("Message", told.Message, "prod: grüße & <b>");
      matches("Timestamp", told.Timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      matches("MessageId", told.MessageId, /^[0-9a-f-]{36}$/);
    },
  },
  {
    name: "SNS: with MessageStructure json each protocol gets its own text, raw delivery without envelope",
    async run(place) {
      const { sns, TopicArn, queue } = await subscribed(place, { RawMessageDelivery: "true" });
      const texts = { default: "{}", sqs: '{"to":"the queue"}', email: "to a person" };
      const publish = () =>
        sns.send(new PublishCommand({ TopicArn, MessageStructure: "json", Message: JSON.stringify(texts) }));
      await publish();
      same("the message", await queue.next("the message", publish), { to: "the queue" });
    },
  },
  {
    name: "SNS: a message that is to be JSON is refused if it is none",
    async run(place) {
      const { sns, TopicArn } = await topicIn(place);
      const publish = (Message: string) =>
        sns.send(new PublishCommand({ TopicArn, MessageStructure: "json", Message }));
      const error = { name: /^InvalidParameter(Exception)?$/, status: 400 };
      await refused("what is no JSON", publish("hello"), error);
    },
  },
  {
    name: "SNS: a json message without a default text is refused",
    async run(place) {
      const { sns, TopicArn } = await topicIn(place);
      const publish = (Message: string) =>
        sns.send(new PublishCommand({ TopicArn, MessageStructure: "json", Message }));
      const error = { name: /^InvalidParameter(Exception)?$/, status: 400 };
      await refused("no default", publish('{"email":"x"}'), error);
    },
  },
  {
    name: "SNS: a subject may have 100 characters, and a message may not be empty",
    async run(place) {
      const { sns, TopicArn } = await topicIn(place);
      const publish = (Subject: string, Message = "x") =>
        sns.send(new PublishCommand({ TopicArn, Subject, Message }));
      const error = { name: /^InvalidParameter(Exception)?$/, status: 400 };
      await publish("s".repeat(100));
      await refused("101 characters", publish("s".repeat(101)), error);
      await refused("an empty message", publish("subject", ""), error);
    },
  },
  {
    name: "SNS: a subject with a line end is refused",
    async run(place) {
      const { sns, TopicArn } = await topicIn(place);
      const publish = sns.send(new PublishCommand({ TopicArn, Subject: "two\nlines", Message: "x" }));
      await refused("it", publish, { name: /^InvalidParameter(Exception)?$/, status: 400 });
    },
  },
  {
    name: "SNS: a message may have 256 KiB and not a byte more",
    async run(place) {
      const { sns, TopicArn } = await topicIn(place);
      const publish = (Message: string) => sns.send(new PublishCommand({ TopicArn, Message }));
      await publish("x".repeat(262_144));
      const error = { name: /^InvalidParameter(Exception)?$/, status: 400 };
      await refused("a byte more", publish("x".repeat(262_145)), error);
    },
  },
  {
    name: "SNS: publishing to a topic that does not exist is NotFound",
    async run(place) {
      const { sns, TopicArn } = await topicIn(place);
      const publish = sns.send(new PublishCommand({ TopicArn: `${TopicArn}-not`, Message: "x" }));
      await refused("it", publish, { name: /^NotFound(Exception)?$/, status: 404 });
    },
  },
  {
    name: "SNS: a topic tells its attributes, its owner and how many subscriptions are confirmed",
    async run(place) {
      const { sns, name, TopicArn } = await topicIn(place, { DisplayName: "Backups" });
      same("the ARN", TopicArn, `arn:aws:sns:${place.here.region}:${await place.account()}:${name}`);
      const read = async () => (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
      const first = await read();
      same("the display name", first.DisplayName, "Backups");
      same("the owner", first.Owner, await place.account());
      same("the ARN told", first.TopicArn, TopicArn);
      same("confirmed subscriptions", first.SubscriptionsConfirmed, "0");
      const change = { TopicArn, AttributeName: "DisplayName", AttributeValue: "Changed" };
      await sns.send(new SetTopicAttributesCommand(change));
      same("the display name changed", (await read()).DisplayName, "Changed");
      const again = await sns.send(new CreateTopicCommand({ Name: name }));
      same("the topic made again", again.TopicArn, TopicArn);
    },
  },
  {
    name: "SNS: a queue's subscription is listed, confirmed at once, and ends",
    async run(place) {
      const { sns, TopicArn, queue, subscription } = await subscribed(place);
      const list = async () => {
        const answer = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
        return (answer.Subscriptions ?? []).map(({ SubscriptionArn, Protocol, Endpoint }) => [
          SubscriptionArn,
          Protocol,
          Endpoint,
        ]);
      };
      const expected = JSON.stringify([[subscription, "sqs", queue.arn]]);
      await place.until("the list", async () => JSON.stringify(await list()) === expected || undefined);
      await sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
      await place.until("the empty list", async () => (await list()).length === 0 || undefined);
    },
  },
];
