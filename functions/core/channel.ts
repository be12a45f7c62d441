import * as z from "zod/mini";
import { type Channel, channelName, isHttp } from "./environment.ts";
import type { Finding, FindingKind, Severity } from "./finding.ts";

/** How a channel stands, or how a message went down it. Never holds a secret. */
export const ChannelState = z.strictObject({
  /** What people recognise it by (`channelName`). */
  channel: z.string(),
  severity: z.enum(["page", "notify"] satisfies Severity[]),
  /** `pending`: somebody has to confirm it first. */
  state: z.enum(["ok", "pending", "failed", "not known"]),
  /** One sentence. */
  reason: z.string(),
});
export type ChannelState = z.infer<typeof ChannelState>;

/** What the last look at every channel of a region found: `index/channels.json`, each region its own. */
export const ChannelsReport = z.strictObject({
  schema: z.literal(1),
  /** ISO-8601 UTC. */
  at: z.string(),
  region: z.string(),
  channels: z.array(ChannelState),
});
export type ChannelsReport = z.infer<typeof ChannelsReport>;

/** The kinds of finding that say that a channel does not reach anybody, by its severity. */
export const unusableKinds = {
  page: "page-channel-unusable",
  notify: "channel-unusable",
} as const satisfies Record<Severity, FindingKind>;

/**
 * The finding that a channel of a region does not reach anybody. Each region has channels of its own: topics, secrets, and the
 * SMS that it may send. `fix`: at most 70 characters.
 */
export function unusable(
  channel: Channel,
  severity: Severity,
  region: string,
  { reason, fix, now }: { reason: string; fix: string; now: Date },
): Finding {
  return {
    kind: unusableKinds[severity],
    source: "account",
    detail: channelDetail(channel, region),
    since: `${now.toISOString().slice(0, 19)}Z`,
    region,
    message: `The channel ${channelName(channel)} of "${severity}" does not work in ${region}: ${reason}.`,
    fix,
  };
}

/** What tells the findings of channels apart. A digest: addresses and numbers of people do not belong into keys. */
export function channelDetail(channel: Channel, region: string): string {
  return `${region}-${channel.kind.toLowerCase()}-${fnv1a(channelName(channel))}`;
}

/**
 * How every channel that an environment names stands now, for whoever asks: as the last look found it, and failed where a
 * finding of it is open, which may be newer.
 */
export function channelsNow(
  alerts: Record<Severity, Channel[]>,
  region: string,
  report: ChannelsReport | undefined,
  open: readonly Finding[],
): ChannelState[] {
  return (["page", "notify"] as const).flatMap((severity) =>
    alerts[severity].map((channel): ChannelState => {
      const name = channelName(channel);
      const detail = channelDetail(channel, region);
      const finding = open.find((one) => one.kind === unusableKinds[severity] && one.detail === detail);
      const seen = report?.channels.find((one) => one.channel === name && one.severity === severity);
      if (finding && seen?.state !== "pending")
        return { channel: name, severity, state: "failed", reason: finding.message };
      // What ended since by a message that was taken is no failure any more.
      if (seen?.state === "failed" && !finding)
        return { channel: name, severity, state: "ok", reason: "it works again since the last look" };
      return seen ?? { channel: name, severity, state: "not known", reason: "nobody has looked yet" };
    }),
  );
}

/** What to do about a channel that is posted to and refuses. */
export function fixOf(channel: Channel): string {
  if (!isHttp(channel)) return "Run: holdfast alerts test; see who is to confirm.";
  return "Correct its secret or its receiver; then: holdfast alerts test.";
}

/** FNV-1a, 32 bits: no secret depends on it, and core has no other digest. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
