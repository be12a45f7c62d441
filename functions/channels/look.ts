import type { ChannelsWorld } from "../channels-world.ts";
import {
  type ChannelState,
  type ChannelsReport,
  channelDetail,
  unusable,
  unusableKinds,
} from "../core/channel.ts";
import { judgeChannel } from "../core/channel-health.ts";
import { type Channel, isHttp } from "../core/environment.ts";
import type { Severity } from "../core/finding.ts";
import { log } from "../glue.ts";
import { endFindings, openFinding } from "../passes/findings.ts";
import { channelsOf, see } from "./seen.ts";

/** One channel with how it stands. */
export type Standing = { channel: Channel; severity: Severity; state: ChannelState; fix: string };

/**
 * Looks whether every channel of this region would reach somebody: opens a finding for each that would not, ends those that
 * are right again, and writes down how all stand. It subscribes nobody: only a deployment may. `justDeployed`: whoever has
 * to confirm an address has had no time for it yet.
 */
export async function lookAtChannels(
  world: ChannelsWorld,
  { justDeployed }: { justDeployed: boolean },
): Promise<ChannelsReport> {
  const seen = await see(world);
  const all = channelsOf(world).map(({ channel, severity }): Standing => {
    const { fix, ...state } = judgeChannel(channel, severity, seen);
    return { channel, severity, state, fix };
  });
  for (const one of all) {
    if (one.state.state === "failed" || (one.state.state === "pending" && !justDeployed))
      await open(world, one);
    // Of a channel that is posted to, only a message that it takes is evidence.
    if (one.state.state === "ok" && !isHttp(one.channel))
      await end(world, one, "The next look found it right again.");
  }
  await endForgotten(world, all);
  return report(world, all);
}

/** Writes down how the channels stand, for whoever asks. */
export async function report(world: ChannelsWorld, all: readonly Standing[]): Promise<ChannelsReport> {
  const { region, now } = world;
  const channels = all.map(({ state }) => state);
  const written: ChannelsReport = { schema: 1, at: now().toISOString(), region, channels };
  await world.catalog.writeIndex("channels", `${JSON.stringify(written, null, 2)}\n`);
  log("channels looked at", {
    region,
    states: channels.map(({ channel, severity, state }) => `${severity} ${channel}: ${state}`),
  });
  return written;
}

/** Opens the finding that a channel reaches nobody. */
export async function open(world: ChannelsWorld, { channel, severity, state, fix }: Standing): Promise<void> {
  const why = { reason: state.reason, fix, now: world.now() };
  await openFinding(world, unusable(channel, severity, world.region, why), true);
}

/** Ends it. */
export async function end(
  world: ChannelsWorld,
  { channel, severity }: Standing,
  reason: string,
): Promise<void> {
  const detail = channelDetail(channel, world.region);
  await endFindings(
    world,
    "account",
    [unusableKinds[severity]],
    (finding) => finding.detail === detail,
    reason,
  );
}

/** Of channels that the environment no longer has. */
async function endForgotten(world: ChannelsWorld, all: readonly Standing[]): Promise<void> {
  for (const severity of ["page", "notify"] as const) {
    const details = new Set(
      all
        .filter((one) => one.severity === severity)
        .map(({ channel }) => channelDetail(channel, world.region)),
    );
    const reason = "The environment has the channel no longer.";
    await endFindings(
      world,
      "account",
      [unusableKinds[severity]],
      ({ detail }) => !details.has(detail),
      reason,
    );
  }
}
