import {
  CheckIfPhoneNumberIsOptedOutCommand,
  GetSMSAttributesCommand,
  GetSMSSandboxAccountStatusCommand,
  ListSMSSandboxPhoneNumbersCommand,
  ListSubscriptionsByTopicCommand,
  type ListSubscriptionsByTopicCommandOutput,
  type SNSClient,
} from "@aws-sdk/client-sns";
import { awsProblem } from "../core/aws-error.ts";
import type { SmsSettings, Subscription } from "../core/channel-health.ts";
import type { Severity } from "../core/finding.ts";

/** Who hears the topics, and what SMS may do, in the client's region. Every method throws only `Problem`. */
export type Subscribers = {
  of(severity: Severity): Promise<Subscription[]>;
  sms(): Promise<SmsSettings>;
  /** Whether who has this number has forbidden SMS of this account. */
  optedOut(number: string): Promise<boolean>;
};

/** What an account may spend on SMS in a month until AWS was asked for more (SNS developer guide, SMS spending quota). */
const firstLimitUsd = 1;

/** The subscribers of the environment's topics. */
export function subscribersAt(client: SNSClient, arns: Record<Severity, string>): Subscribers {
  return {
    async of(severity) {
      const TopicArn = arns[severity];
      const found: Subscription[] = [];
      let NextToken: string | undefined;
      do {
        const page: ListSubscriptionsByTopicCommandOutput = await client
          .send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }))
          .catch(problem(`the subscriptions of ${TopicArn}`));
        for (const { Protocol = "", Endpoint = "", SubscriptionArn = "" } of page.Subscriptions ?? [])
          found.push({ protocol: Protocol, endpoint: Endpoint, state: stateOf(SubscriptionArn) });
        NextToken = page.NextToken;
      } while (NextToken);
      return found;
    },
    async sms() {
      const about = problem("the settings of SMS");
      const [{ attributes = {} }, { IsInSandbox = false }] = await Promise.all([
        client.send(new GetSMSAttributesCommand({ attributes: ["MonthlySpendLimit"] })).catch(about),
        client.send(new GetSMSSandboxAccountStatusCommand({})).catch(about),
      ]);
      const limitUsd = Number(attributes.MonthlySpendLimit ?? firstLimitUsd);
      if (!IsInSandbox) return { limitUsd };
      // A sandbox has ten numbers at most: one page (SNS developer guide, SMS sandbox).
      const { PhoneNumbers = [] } = await client.send(new ListSMSSandboxPhoneNumbersCommand({})).catch(about);
      const verified = PhoneNumbers.filter(({ Status }) => Status === "Verified");
      return { limitUsd, sandboxNumbers: verified.map(({ PhoneNumber = "" }) => PhoneNumber) };
    },
    async optedOut(phoneNumber) {
      const asked = new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber });
      const { isOptedOut = false } = await client.send(asked).catch(problem("whether a number opted out"));
      return isOptedOut;
    },
  };
}

/** In place of an ARN, SNS says what became of it. */
function stateOf(arn: string): Subscription["state"] {
  if (arn === "PendingConfirmation") return "pending";
  return arn.startsWith("arn:") ? "confirmed" : "deleted";
}

function problem(what: string) {
  return (thrown: unknown): never => {
    throw awsProblem(thrown, what);
  };
}
