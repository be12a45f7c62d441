import { episodePrefix, findingKey, parseFindingKey } from "../catalog/keys.ts";
import type { FindingFactName } from "../core/episode.ts";
import type { DomainEvent } from "../core/event.ts";
import type { FindingFact } from "../core/fact.ts";
import { severityOf } from "../core/finding.ts";
import type { World } from "../world.ts";
import { endedMessage, openedMessage } from "./message.ts";

/**
 * Tells people of one episode of a finding, if something is left to tell: that it opened, once; that it ended,
 * once, and only if its opening was told. What ended before anyone heard of it stays in the catalog only.
 *
 * The fact `told-…` is recorded after SNS has taken the message. A crash between the two repeats the message when
 * the event is tried again: twice is better than never. Throws `Problem` unavailable when SNS does not take it;
 * nothing is recorded then, and Lambda and reconcile ask again.
 */
export async function alert(
  { findingId, since }: DomainEvent<"Finding Changed">,
  world: World,
): Promise<void> {
  const names = await factNames(world, findingId, since);
  const told = names.some((name) => name.startsWith("told-") && !name.startsWith("told-ended-"));
  const toldEnd = names.some((name) => name.startsWith("told-ended-"));
  const ended = names.includes("ended");
  if (!ended && !told) return tellOpened(world, findingId, since);
  if (ended && told && !toldEnd) return tellEnded(world, findingId, since);
}

async function tellOpened(world: World, id: string, since: string): Promise<void> {
  const { finding } = await world.catalog.readFinding(findingKey(id, since, "opened"));
  const message = openedMessage(finding, teller(world));
  const messageId = await world.topics.publish(severityOf(finding.kind), message);
  await record(world, `told-${world.region}`, { fact: "told", finding, messageIds: [messageId] });
}

async function tellEnded(world: World, id: string, since: string): Promise<void> {
  const fact = await world.catalog.readFinding(findingKey(id, since, "ended"));
  const message = endedMessage(fact, teller(world));
  const messageId = await world.topics.publish(severityOf(fact.finding.kind), message);
  const { finding } = fact;
  await record(world, `told-ended-${world.region}`, { fact: "told-ended", finding, messageIds: [messageId] });
}

async function factNames({ catalog }: World, id: string, since: string): Promise<FindingFactName[]> {
  const names: FindingFactName[] = [];
  for await (const { key } of catalog.list(episodePrefix(id, since))) {
    const name = parseFindingKey(key)?.name;
    if (name) names.push(name);
  }
  return names;
}

async function record(
  { catalog, now }: World,
  name: FindingFactName,
  fact: Omit<FindingFact, "schema" | "at">,
): Promise<void> {
  await catalog.recordFinding(name, { schema: 1, at: now().toISOString(), ...fact });
}

function teller({ environment, region, now }: World) {
  return { environment: environment.name, region, now: now() };
}
