import type { FindingKind } from "./finding.ts";

/** What is told of an episode of a finding: that it opened, that it ended, or the n-th time that nobody had acknowledged it. */
export type TellingStep = "opened" | "ended" | `escalated-${number}`;

/**
 * The name of a fact about a finding. `telling-…` is a claim on a try of telling a step; `untold-…` says that this try came
 * to nothing, or to a part. What was told whole is `told-…`, `told-ended-…` or `escalated-…`.
 */
export type FindingFactName =
  | "opened"
  | "ended"
  | "acknowledged"
  | `told-${string}`
  | `told-ended-${string}`
  | `escalated-${string}-${number}`
  | `telling-${string}-${TellingStep}-${number}`
  | `untold-${string}-${TellingStep}-${number}`;

/** Messages that are about no finding. */
export type MessageKind = "digest" | "canary";

/** The name of a fact about such a message; like those about a finding. */
export type MessageFactName =
  | "acknowledged"
  | `told-${string}`
  | `telling-${string}-${number}`
  | `untold-${string}-${number}`;

/** One episode of a finding: the names of its facts, each with the instant (ISO-8601 UTC) at which it was stored here. */
export type Episode = { id: string; since: string; facts: Map<FindingFactName, string> };

/** The kind and the source of an episode, out of its id. */
export function kindOf({ id }: Pick<Episode, "id">): FindingKind {
  return id.slice(0, id.indexOf(".")) as FindingKind;
}

/** Where an alert stands in its life. */
export type AlertState = "raised" | "told" | "acknowledged" | "escalated" | "resolved";

/** Where an episode stands: what was last done about it, as its facts say. */
export function stateOf({ facts }: Pick<Episode, "facts">): AlertState {
  const names = [...facts.keys()];
  if (facts.has("ended")) return "resolved";
  if (facts.has("acknowledged")) return "acknowledged";
  if (names.some((name) => name.startsWith("escalated-"))) return "escalated";
  return names.some((name) => name.startsWith("told-")) ? "told" : "raised";
}
