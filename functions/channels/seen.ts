import type { ChannelsWorld } from "../channels-world.ts";
import { channelDetail, unusableKinds } from "../core/channel.ts";
import type { Seen } from "../core/channel-health.ts";
import { type Channel, channelName, isHttp } from "../core/environment.ts";
import type { Severity } from "../core/finding.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import { openFindings } from "../passes/findings.ts";

/** Looks at everything that a channel of this region depends on. Never throws: a look that fails is its problem. */
export async function see(world: ChannelsWorld): Promise<Seen> {
  const { subscribers, smsSpend, webhooks } = world;
  const all = channelsOf(world).map(({ channel }) => channel);
  const numbers = [...new Set(all.flatMap((one) => (one.kind === "sms" ? [one.number] : [])))];
  const http = all.filter(isHttp);
  const [page, notify, sms, spentUsd, optedOut, looked, refused] = await Promise.all([
    orProblem(subscribers.of("page")),
    orProblem(subscribers.of("notify")),
    numbers.length > 0 ? orProblem(subscribers.sms()) : undefined,
    numbers.length > 0 ? orProblem(smsSpend()) : undefined,
    Promise.all(
      numbers.map(async (number) => [number, await orProblem(subscribers.optedOut(number))] as const),
    ),
    Promise.all(http.map(async (one) => [channelName(one), await webhooks.look(one)] as const)),
    orProblem(refusedBy(world)),
  ]);
  return {
    subscriptions: { page, notify },
    ...(sms === undefined ? {} : { sms }),
    ...(spentUsd === undefined ? {} : { spentUsd }),
    optedOut: new Map(optedOut),
    http: new Map(
      looked.map(([name, verdict]) => {
        if (!verdict.accepted) return [name, verdict.reason];
        // A good secret proves nothing where the channel itself refused: only a message that it takes does.
        return [name, refused instanceof Map ? (refused.get(name) ?? "") : refused];
      }),
    ),
  };
}

/** Every channel with the severity that it hears. */
export function channelsOf({
  environment: { alerts },
}: Pick<ChannelsWorld, "environment">): { channel: Channel; severity: Severity }[] {
  return (["page", "notify"] as const).flatMap((severity) =>
    alerts[severity].map((channel) => ({ channel, severity })),
  );
}

/** By name, the channels of which a finding is open in this region, with what it says. */
async function refusedBy(world: ChannelsWorld): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  for (const { channel, severity } of channelsOf(world)) {
    const open = await openFindings(world, unusableKinds[severity], "account");
    const own = open.find(({ detail }) => detail === channelDetail(channel, world.region));
    if (own) refused.set(channelName(channel), own.message);
  }
  return refused;
}

async function orProblem<T>(look: Promise<T>): Promise<T | Problem> {
  return look.catch(asProblem);
}
