import { channelName, type Environment, type HttpChannel, isHttp } from "../core/environment.ts";
import type { Severity } from "../core/finding.ts";
import { queueName } from "../core/names.ts";
import { type About, deliveriesTo, type Notice, noticeOf } from "../core/notice.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import type { Queues } from "./queues.ts";
import type { Message, Topics } from "./topics.ts";

/** What became of a message. */
export type Told = {
  /** The ids that SNS and SQS gave it. */
  messageIds: string[];
  /** Channels that could not be handed it, by name (`channelName`); the e-mails and SMS of the severity are all "sns". */
  missed: string[];
};

/**
 * Tells a message down every channel of a severity: to SNS, and to the queue of `deliver` for each channel that is posted to.
 * `only`: these channels alone, those that an earlier call missed. A message that is told again under its `about.id` is not
 * repeated where it was posted; SNS would repeat it. Throws `Problem` unavailable if no channel at all could be handed it.
 */
export type Tell = (
  severity: Severity,
  message: Message,
  about: About,
  only?: readonly string[],
) => Promise<Told>;

/** What telling is made from. */
export type TellInput = {
  environment: Environment;
  region: string;
  topics: Topics;
  queues: Queues;
  now(): Date;
};

/** Telling from a region, by its own topics and queue. */
export function tellFrom({ environment, region, topics, queues, now }: TellInput): Tell {
  return async (severity, message, about, only) => {
    const channels = environment.alerts[severity];
    const wanted = (name: string) => !only || only.includes(name);
    const http = channels.filter(isHttp).filter((channel) => wanted(channelName(channel)));
    const people = wanted("sns") && channels.some((channel) => !isHttp(channel));
    const teller = { environment: environment.name, region, severity, at: now().toISOString() };
    const notice = noticeOf(message.subject, message.email, about, teller);
    const told: Told = { messageIds: [], missed: [] };
    const problems: Problem[] = [];
    const hand = async (name: string, give: () => Promise<string[]>) => {
      try {
        told.messageIds.push(...(await give()));
      } catch (thrown) {
        problems.push(asProblem(thrown));
        told.missed.push(name);
      }
    };
    const publish = async () => [await topics.publish(severity, message)];
    // Side by side: that the queue does not answer may not hold up what goes to people's telephones.
    await Promise.all([
      ...(people ? [hand("sns", publish)] : []),
      ...http.map((channel) => hand(channelName(channel), () => enqueue(channel, notice))),
    ]);
    const [first] = problems;
    if (first && told.messageIds.length === 0) throw first;
    return told;
  };

  function enqueue(channel: HttpChannel, notice: Notice): Promise<string[]> {
    return queues.send(queueName(environment, "deliver"), deliveriesTo(channel, notice));
  }
}
