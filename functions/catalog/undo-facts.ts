import type { RestoreFactName, UndoFact } from "./keys.ts";

/** A fact about the undoing of a restore, which may be tried several times: those of the first try have no number. */
export function undoFactName(name: UndoFact, attempt: number): RestoreFactName {
  return attempt === 1 ? name : `${name}-${attempt}`;
}

/** How often it was tried to undo a restore, by the names of its facts, and whether the last try has failed. */
export function undoTries(names: Iterable<RestoreFactName>): { tries: number; failed: boolean } {
  let [tries, failures] = [0, 0];
  for (const name of names) {
    const [, what, number = "1"] = /^undo-(requested|failed)(?:-(\d+))?$/.exec(name) ?? [];
    if (what) tries = Math.max(tries, Number(number));
    if (what === "failed") failures = Math.max(failures, Number(number));
  }
  return { tries, failed: tries > 0 && failures === tries };
}
