import { createHash } from "node:crypto";
import { receiptKey } from "../catalog/keys.ts";
import { channelDetail, fixOf, unusable, unusableKinds } from "../core/channel.ts";
import { channelName, type HttpChannel, isHttp } from "../core/environment.ts";
import { type Delivery, episodeOf, type Notice } from "../core/notice.ts";
import { asProblem, Problem } from "../core/problem.ts";
import type { DeliverWorld } from "../deliver-world.ts";
import { type Call, log } from "../glue.ts";
import { endFindings, openFinding } from "../passes/findings.ts";

/**
 * Posts one message to one channel. What it took leaves a receipt, so that a message that is told again, or that the queue
 * gives twice, is not posted twice; dying between the two repeats it rather than lose it. A refusal that is final opens a
 * finding at once, one that may pass when the last try is over, and what is taken ends it. Throws `Problem` unavailable for
 * the queue to try again.
 */
export async function deliver(
  { channel: name, notice }: Delivery,
  world: DeliverWorld,
  call: Call,
): Promise<void> {
  const { environment, region, now, webhooks } = world;
  // By name: a message cannot bring a channel, and with it a secret or an address, of its own.
  const channel = environment.alerts[notice.severity].filter(isHttp).find((one) => channelName(one) === name);
  const about = { channel: name, notice: notice.id };
  if (!channel) return log("dropped: the environment has no such channel any more", about);
  if (await isDone(world, channel, notice)) return log("dropped: done already", about);

  const verdict = await webhooks.send(channel, notice);

  if (verdict.accepted) {
    await leaveReceipts(world, channel, notice);
    await isUsable(world, channel, notice);
    return log("delivered", about);
  }
  const { reason, retry, afterSeconds = 0 } = verdict;
  if (!retry || call.lastTry) {
    const why = { reason, fix: fixOf(channel), now: now() };
    await openFinding(world, unusable(channel, notice.severity, region, why), true);
  }
  if (!retry) return log("given up: the channel will not take it", { ...about, reason });
  call.tryAgainAfter?.(afterSeconds);
  throw new Problem("unavailable", `${name} did not take a message: ${reason}`, fixOf(channel));
}

/** Ends what was said of the channel: a message that was taken is the evidence. */
async function isUsable(world: DeliverWorld, channel: HttpChannel, { severity }: Notice): Promise<void> {
  const detail = channelDetail(channel, world.region);
  const reason = `It took a message at ${world.now().toISOString()}.`;
  const concerns = (finding: { detail: string }) => finding.detail === detail;
  await endFindings(world, "account", [unusableKinds[severity]], concerns, reason);
}

/** Taken before, or overtaken: the end of what it tells was taken, and the order in a queue is not kept. */
async function isDone({ catalog }: DeliverWorld, channel: HttpChannel, notice: Notice): Promise<boolean> {
  const over = notice.kind === "ended" ? [] : endsOf(channel, notice);
  for (const key of [receiptOf(channel, notice.id), ...over]) {
    try {
      await catalog.text(key);
      return true;
    } catch (thrown) {
      // One that cannot be read is as good as none: twice is better than never.
      if (asProblem(thrown).code !== "not-found") log("no receipt could be read", { key });
    }
  }
  return false;
}

async function leaveReceipts(
  { catalog, now }: DeliverWorld,
  channel: HttpChannel,
  notice: Notice,
): Promise<void> {
  const over = notice.kind === "ended" ? endsOf(channel, notice) : [];
  const receipt = { schema: 1, at: now().toISOString(), channel: channelName(channel), message: notice.id };
  for (const key of [receiptOf(channel, notice.id), ...over])
    await catalog.keep(key, `${JSON.stringify(receipt, null, 2)}\n`);
}

/** Of PagerDuty alone, which would open again what is over, and then nobody would end it. */
function endsOf(channel: HttpChannel, { environment, findings, id, kind }: Notice): string[] {
  if (channel.kind !== "pagerDuty") return [];
  const names =
    findings.length > 0 ? findings.map(({ finding }) => episodeOf(finding)) : kind === "ended" ? [id] : [];
  return names.map((name) => receiptOf(channel, `${environment}/${name}/over`));
}

function receiptOf(channel: HttpChannel, what: string): string {
  return receiptKey(
    createHash("sha256")
      .update(`${channelName(channel)}\n${what}`)
      .digest("hex"),
  );
}
