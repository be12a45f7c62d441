import type { Severity } from "../core/finding.ts";
import type { About } from "../core/notice.ts";
import { asProblem, type Problem } from "../core/problem.ts";
import type { Message } from "../messages/topics.ts";
import { answerWithin } from "../patience.ts";
import type { World } from "../world.ts";

/** What became of a message. */
export type Handed = {
  /** The ids it was given. */
  messageIds: string[];
  /** The channels that could not be handed it, like "page/sns"; "page/*" for all of a severity's. */
  missed: string[];
  /** Why one of them could not. */
  problem?: Problem;
};

/** A message, as it is told and in fields. */
export type Words = { message: Message; about: About };

/**
 * Hands a message to every channel of everybody who is to hear it, or to those alone that an earlier try missed. Who does not
 * answer in time counts as missed, and keeps nobody else from getting it.
 */
export async function handOver(
  { tell }: Pick<World, "tell">,
  to: readonly Severity[],
  { message, about }: Words,
  { only, patienceMs }: { only?: readonly string[] | undefined; patienceMs: number },
): Promise<Handed> {
  const handed: Handed = { messageIds: [], missed: [] };
  await Promise.all(
    to.map(async (severity) => {
      const left = only
        ?.filter((name) => name.startsWith(`${severity}/`))
        .map((name) => name.slice(severity.length + 1));
      if (left?.length === 0) return;
      const these = left?.includes("*") ? undefined : left;
      try {
        const telling = tell(severity, message, about, these);
        const { messageIds, missed } = await answerWithin(patienceMs, `what tells ${severity}`, telling);
        handed.messageIds.push(...messageIds);
        handed.missed.push(...missed.map((name) => `${severity}/${name}`));
      } catch (thrown) {
        handed.problem ??= asProblem(thrown);
        handed.missed.push(...(these ?? ["*"]).map((name) => `${severity}/${name}`));
      }
    }),
  );
  return handed;
}
