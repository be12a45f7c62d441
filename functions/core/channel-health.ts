import { type ChannelState, fixOf } from "./channel.ts";
import { type Channel, channelName } from "./environment.ts";
import type { Severity } from "./finding.ts";
import { Problem } from "./problem.ts";

/** A subscription to a topic. `deleted`: somebody has unsubscribed, and SNS still lists it for a while. */
export type Subscription = {
  protocol: string;
  endpoint: string;
  state: "confirmed" | "pending" | "deleted";
};

/** What holds for SMS in a region. `sandboxNumbers`: where the account is in the sandbox, the numbers that get SMS all the same. */
export type SmsSettings = { limitUsd: number; sandboxNumbers?: string[] };

/** What was seen of the channels of a region; a look that failed is its problem. */
export type Seen = {
  subscriptions: Record<Severity, Subscription[] | Problem>;
  /** Of environments with an SMS. */
  sms?: SmsSettings | Problem;
  /** What SMS have cost this month. */
  spentUsd?: number | Problem;
  /** By number. */
  optedOut: ReadonlyMap<string, boolean | Problem>;
  /** By name of a channel that is posted to: why it does not work, if it does not; "" if its secret is well. */
  http: ReadonlyMap<string, string | Problem>;
};

/** How a channel stands, with what to do if it reaches nobody. `fix`: at most 70 characters. */
export type Judged = ChannelState & { fix: string };

/**
 * Whether a channel would reach somebody, from what was seen. What could not be looked at is "not known", which neither opens
 * a finding nor ends one.
 */
export function judgeChannel(channel: Channel, severity: Severity, seen: Seen): Judged {
  const as = (state: ChannelState["state"], reason: string, fix = fixOf(channel)): Judged => ({
    channel: channelName(channel),
    severity,
    state,
    reason,
    fix,
  });
  if (channel.kind === "email" || channel.kind === "sms") {
    const subscribed = judgeSubscription(channel, seen.subscriptions[severity], as);
    if (subscribed.state !== "ok" || channel.kind === "email") return subscribed;
    return judgeSms(channel.number, seen, as);
  }
  const wrong = seen.http.get(channelName(channel));
  if (wrong === undefined || wrong instanceof Problem)
    return as("not known", wrong?.message ?? "nobody has looked");
  return wrong === ""
    ? as("ok", "its secret is there; what it takes, the next message tells")
    : as("failed", wrong);
}

type As = (state: ChannelState["state"], reason: string, fix?: string) => Judged;

function judgeSubscription(
  channel: Extract<Channel, { kind: "email" | "sms" }>,
  subscriptions: Subscription[] | Problem,
  as: As,
): Judged {
  if (subscriptions instanceof Problem) return as("not known", subscriptions.message);
  const endpoint = channel.kind === "email" ? channel.address.toLowerCase() : channel.number;
  const own = subscriptions.filter(
    (one) => one.protocol === channel.kind && one.endpoint.toLowerCase() === endpoint,
  );
  if (own.some(({ state }) => state === "confirmed")) return as("ok", "it is subscribed");
  if (own.some(({ state }) => state === "pending"))
    return as(
      "pending",
      "its subscription was never confirmed",
      "Follow the link in SNS's message; it lapses after two days.",
    );
  const what = own.length > 0 ? "somebody has unsubscribed it" : "it is not subscribed to the topic any more";
  return as("failed", what, "Subscribe it again: see the runbook; Holdfast may not.");
}

function judgeSms(number: string, { sms, spentUsd, optedOut }: Seen, as: As): Judged {
  const out = optedOut.get(number);
  if (out === true)
    return as("failed", "the number has opted out of SMS", "Have its owner opt in again (SNS console).");
  if (sms instanceof Problem || sms === undefined)
    return as("not known", sms?.message ?? "nobody has looked");
  if (sms.sandboxNumbers && !sms.sandboxNumbers.includes(number))
    return as(
      "failed",
      "SMS of this account are in the sandbox of the region, and the number is not verified there",
      "Verify the number in the SNS console, or leave the sandbox.",
    );
  if (spentUsd instanceof Problem) return as("not known", spentUsd.message);
  const spent = `${(spentUsd ?? 0).toFixed(2)} of ${sms.limitUsd.toFixed(2)} USD`;
  if ((spentUsd ?? 0) >= sms.limitUsd)
    return as(
      "failed",
      `SMS have cost ${spent} this month, and no more are sent`,
      "Raise the SMS spending limit in the SNS console.",
    );
  if (out instanceof Problem || out === undefined)
    return as("not known", out?.message ?? "nobody has looked");
  return as("ok", `it is subscribed; SMS have cost ${spent} this month`);
}
