import type { Source } from "./source.ts";

/** What a source was declared as from an instant on, ISO-8601 UTC. Without `source` it was withdrawn then. */
export type Declaration = { at: string; source?: Source };

/** By source: its declarations, oldest first, back to the one that held 30 days ago. The last one holds now. */
export type Declarations = ReadonlyMap<string, readonly Declaration[]>;

/** A stretch of time, in ms since 1970 UTC, over which a source was held to one declaration. */
export type Held = { by: Source; fromMs: number; untilMs: number };

/**
 * The stretches of a time over which a source was declared, each with what it was held to, oldest first. Declarations that
 * `terms` tells alike, of what matters to whoever asks, are one stretch: most edits change nothing of it.
 */
export function heldWithin(
  declarations: readonly Declaration[],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
  terms: (by: Source) => string,
): Held[] {
  const held: Held[] = [];
  for (const [index, { at, source: by }] of declarations.entries()) {
    const next = declarations[index + 1]?.at;
    const stretch = {
      fromMs: Math.max(fromMs, Date.parse(at)),
      untilMs: Math.min(untilMs, next ? Date.parse(next) : untilMs),
    };
    if (!by || stretch.untilMs <= stretch.fromMs) continue;
    const last = held.at(-1);
    if (last?.untilMs === stretch.fromMs && terms(last.by) === terms(by)) last.untilMs = stretch.untilMs;
    else held.push({ by, ...stretch });
  }
  return held;
}
