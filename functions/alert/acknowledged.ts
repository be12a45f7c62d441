import { channelName } from "../core/environment.ts";
import type { Episode } from "../core/episode.ts";
import { type Finding, priorityOf, type Severity, severityOf } from "../core/finding.ts";
import { answerWithin } from "../patience.ts";
import type { World } from "../world.ts";
import { whatOf } from "./message.ts";

/** For so long after an acknowledgement it is passed on by each pass; what a channel took it does not take twice. */
const passedOnMs = 10 * 60_000;

/** What this warm function has passed on. */
const known = new WeakMap<World["queues"], Set<string>>();

/**
 * Lets PagerDuty know that somebody has acknowledged what it was told of: it has its own people to wake, and its own times.
 * People are not told that; nothing is recorded either, for a message that a channel took leaves its receipt there.
 */
export async function passOnAcknowledged(
  world: World,
  episodes: Iterable<Episode>,
  findingOf: (episode: Episode) => Finding | undefined,
  patienceMs: number,
): Promise<void> {
  const { environment, now, tell, queues } = world;
  const services = (severity: Severity) =>
    environment.alerts[severity].filter(({ kind }) => kind === "pagerDuty").map(channelName);
  if (services("page").length + services("notify").length === 0) return;
  const before = known.get(queues) ?? new Set<string>();
  known.set(queues, before);
  for (const episode of episodes) {
    const at = episode.facts.get("acknowledged");
    if (!at || episode.facts.has("ended") || now().getTime() - Date.parse(at) > passedOnMs) continue;
    const id = `${episode.id}@${episode.since}/acknowledged`;
    const finding = before.has(id) ? undefined : findingOf(episode);
    if (!finding) continue;
    const priority = priorityOf(finding.kind);
    // Its episode is the one that its key names, whatever it says itself.
    const findings = [{ finding: { ...finding, since: episode.since }, priority }];
    const subject = `Acknowledged: ${whatOf(finding)}`;
    const message = { subject, email: `${subject}\n`, sms: subject };
    for (const severity of toldTo(episode, finding)) {
      const only = services(severity);
      if (only.length === 0) continue;
      const telling = tell(severity, message, { id, kind: "acknowledged", findings }, only);
      await answerWithin(patienceMs, "the queue of webhooks", telling);
    }
    before.add(id);
  }
}

/** Who heard of it: whoever hears of its kind, and `page` once it was escalated. */
function toldTo({ facts }: Episode, { kind }: Finding): Set<Severity> {
  const escalated = [...facts.keys()].some((name) => name.startsWith("escalated-"));
  return new Set<Severity>([severityOf(kind), ...(escalated ? (["page"] as const) : [])]);
}
