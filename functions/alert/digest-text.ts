import { findingKey } from "../catalog/keys.ts";
import { type Episode, stateOf } from "../core/episode.ts";
import type { FindingFact } from "../core/fact.ts";
import { priorityOf } from "../core/finding.ts";
import { logProblem } from "../glue.ts";
import type { Message } from "../messages/topics.ts";
import { inParallel } from "../passes/parallel.ts";
import type { World } from "../world.ts";
import { field, whatOf, write } from "./message.ts";

/** So many findings are listed under each heading. */
const listed = 50;

/** A finding as a digest tells it. */
type Line = { opened: FindingFact; episode: Episode };

/** The summary: what is open, with who is on it, and what has come and gone since the last one. */
export async function digestMessage(
  world: World,
  episodes: ReadonlyMap<string, Episode>,
  since: Date,
): Promise<Message> {
  const all = [...episodes.values()].filter(({ facts }) => facts.has("opened"));
  const open = all.filter(({ facts }) => !facts.has("ended"));
  const over = all.filter(({ facts }) => Date.parse(facts.get("ended") ?? "") >= since.getTime());
  const teller = { environment: world.environment.name, region: world.region, now: world.now() };
  const what = `Digest: ${open.length} open, ${over.length} over since ${since.toISOString().slice(0, 10)}`;
  return write(teller, what, "See the e-mail.", undefined, [
    `Environment ${teller.environment}, as ${teller.region} has it, since ${since.toISOString()}.`,
    "",
    ...(await section(world, "Open", open)),
    ...(await section(world, "Over", over)),
    field("Look further", `npx holdfast status --env ${teller.environment} --region ${teller.region}`),
  ]);
}

async function section(world: World, title: string, episodes: readonly Episode[]): Promise<string[]> {
  if (episodes.length === 0) return [`${title}: nothing.`, ""];
  const lines: Line[] = [];
  await inParallel(episodes.slice(0, listed), 16, async (episode) => {
    try {
      const opened = await world.catalog.readFinding(findingKey(episode.id, episode.since, "opened"));
      lines.push({ opened, episode });
    } catch (thrown) {
      logProblem(thrown, { finding: episode.id });
    }
  });
  const more = episodes.length - lines.length;
  return [
    `${title} (${episodes.length}):`,
    ...lines.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).flatMap(linesOf),
    ...(more > 0 ? [`  and ${more} more`] : []),
    "",
  ];
}

function linesOf({ opened: { finding }, episode }: Line): string[] {
  const state = stateOf(episode);
  const stands = state === "raised" ? "not told yet" : state === "told" ? "told, not acknowledged" : state;
  return [
    `  ${priorityOf(finding.kind)} ${whatOf(finding)}, since ${finding.since}, ${stands}`,
    `     ${finding.message}`,
  ];
}

function rank({ opened: { finding } }: Line): string {
  return `${priorityOf(finding.kind)} ${finding.since} ${finding.kind}`;
}
