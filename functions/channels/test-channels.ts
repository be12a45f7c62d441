import type { ChannelsWorld } from "../channels-world.ts";
import type { ChannelsReport } from "../core/channel.ts";
import { judgeChannel } from "../core/channel-health.ts";
import { isHttp } from "../core/environment.ts";
import type { Severity } from "../core/finding.ts";
import { type About, noticeOf } from "../core/notice.ts";
import { asProblem } from "../core/problem.ts";
import type { Message } from "../messages/topics.ts";
import { end, open, report, type Standing } from "./look.ts";
import { channelsOf, see } from "./seen.ts";

/**
 * Sends one message down every channel of this region, and says what became of it at each. SNS tells only that it took a
 * message: what is known of the subscription says whether it arrives. What a webhook answers is the evidence, so it opens or
 * ends its finding.
 */
export async function testChannels(world: ChannelsWorld): Promise<ChannelsReport> {
  const { environment, region, now } = world;
  const at = now().toISOString();
  const message = textOf(environment.name, region, at);
  const about: About = { id: `test/${region}/${at}`, kind: "test", findings: [] };
  const [seen, page, notify] = await Promise.all([
    see(world),
    publish(world, "page", message),
    publish(world, "notify", message),
  ]);
  const published = { page, notify };
  const all = await Promise.all(
    channelsOf(world).map(async ({ channel, severity }): Promise<Standing> => {
      const { fix, ...state } = judgeChannel(channel, severity, seen);
      const standing = { channel, severity, state, fix };
      if (!isHttp(channel)) {
        const refused = published[severity];
        if (refused) return { ...standing, state: { ...state, state: "failed", reason: refused } };
        if (state.state !== "ok") return standing;
        return { ...standing, state: { ...state, reason: `SNS took the message; ${state.reason}` } };
      }
      const teller = { environment: environment.name, region, severity, at };
      const notice = noticeOf(message.subject, message.email, about, teller);
      const verdict = await world.webhooks.send(channel, notice);
      // PagerDuty has opened an alert, which nobody is to work on.
      if (verdict.accepted && channel.kind === "pagerDuty")
        await world.webhooks.send(channel, { ...notice, kind: "ended" });
      return {
        ...standing,
        state: verdict.accepted
          ? { ...state, state: "ok", reason: "it took the message" }
          : { ...state, state: "failed", reason: verdict.reason },
      };
    }),
  );
  for (const one of all) {
    if (one.state.state === "failed") await open(world, one);
    if (one.state.state === "ok") await end(world, one, `A test at ${at} reached it.`);
  }
  return report(world, all);
}

/** Publishes to everybody who is subscribed; gives why SNS did not take it, if it did not. */
async function publish(
  world: ChannelsWorld,
  severity: Severity,
  message: Message,
): Promise<string | undefined> {
  if (world.environment.alerts[severity].every(isHttp)) return undefined;
  try {
    await world.topics.publish(severity, message);
    return undefined;
  } catch (thrown) {
    return asProblem(thrown).message;
  }
}

function textOf(environment: string, region: string, at: string): Message {
  return {
    subject: `(Holdfast ${environment}) Test: nothing is wrong`,
    email: [
      `Somebody asked Holdfast to try every channel of environment ${environment}. Nothing is wrong.`,
      "",
      `Sent from ${region} at ${at}. This channel works.`,
      "",
    ].join("\n"),
    sms: `Holdfast ${environment}: test from ${region}. Nothing is wrong, and this number is reached.`,
  };
}
