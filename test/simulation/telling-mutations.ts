import type { Edit, Mutation } from "./expiry-mutations.ts";

const of =
  (path: string) =>
  (from: string, to = ""): Edit => ({ file: `functions/${path}`, from, to });
const telling = of("core/telling.ts");
const tries = of("core/tries.ts");
/** That there is nothing to tell of what is over is seen twice: by who reads facts, and by who decides. */
const seemsDue = (to: string) => telling("isHeard(facts) && !toldEnd(facts)", to);
const folding = of("core/folding.ts");
const pass = of("alert/alert.ts");
const sending = of("alert/send.ts");

/** Each guard of telling, what the sources are without it, and what must be missed. */
const table: [name: string, edits: Edit[], breaks: RegExp][] = [
  [
    "what ended before anybody heard of it is told",
    [
      telling(
        "if (!isHeard(facts) || toldEnd(facts)) return undefined;",
        "if (toldEnd(facts)) return undefined;",
      ),
      seemsDue("!toldEnd(facts)"),
    ],
    /which nobody was told of/,
  ],
  [
    "the end is told for ever",
    [
      telling(
        "if (!isHeard(facts) || toldEnd(facts)) return undefined;",
        "if (!isHeard(facts)) return undefined;",
      ),
      seemsDue("isHeard(facts)"),
    ],
    /tells ended of .* again/,
  ],
  [
    "what was acknowledged is told again",
    [telling('facts.has("acknowledged") ? undefined :', "facts.size === 0 ? undefined :")],
    /knows that somebody is on it/,
  ],
  [
    "what heals by itself is told at once",
    [telling("dueMs: Date.parse(openedAt) + afterMs", "dueMs: Date.parse(openedAt) + 0 * afterMs")],
    /before it has lasted/,
  ],
  [
    "nobody is told again",
    [
      telling(
        "if (done.length >= times) return undefined;",
        "if (done.length >= 0 * times) return undefined;",
      ),
    ],
    /which nobody acknowledged/,
  ],
  [
    "quiet hours are not kept",
    [telling('if (!to.includes("page") && alerts.quietHours', "if (to.length > 9 && alerts.quietHours")],
    /in quiet hours/,
  ],
  [
    "quiet hours keep pages back",
    [telling('if (!to.includes("page") && alerts.quietHours', "if (alerts.quietHours")],
    /has not told/,
  ],
  [
    "each region leaves everything to the other",
    [telling("finding.region === region ? 0 :", "finding.region === region ? 9 * 3_600_000 :")],
    /has not told/,
  ],
  [
    "what is about the other region is left to it for ever",
    [telling("otherRegionGraceSeconds * 1_000;", "otherRegionGraceSeconds * 1_000_000;")],
    /has not told|was never told/,
  ],
  [
    "nothing is asked of the other vault",
    [
      pass(
        "if (decideTelling(telling()).length > 0) await",
        "if (decideTelling(telling()).length < 0) await",
      ),
    ],
    /knows that|again, which/,
  ],
  [
    "a try is claimed and another may claim it too",
    [sending(".by === by;", ".by !== undefined;")],
    /which it has not claimed|again, which/,
  ],
  [
    "a claim does not keep another pass from trying",
    [tries("if (inVain === undefined && sinceSeconds < claimLapsesSeconds) return undefined;")],
    /again, which/,
  ],
  [
    "a claim never lapses",
    [tries("sinceSeconds < claimLapsesSeconds", "sinceSeconds < 1_000 * claimLapsesSeconds")],
    /has not told|never told/,
  ],
  [
    "a try in vain is the last",
    [tries("return last < lastTry ? last + 1 : undefined;", "return last < 1 ? last + 1 : undefined;")],
    /has not told|never told/,
  ],
  [
    "a storm gathers for ever",
    [
      folding(
        "if (attempt > 1 || now.getTime() >= dueMs + gatherMs) return false;",
        "if (attempt > 1 || now.getTime() < dueMs) return false;",
      ),
    ],
    /has not told/,
  ],
  [
    "P1 waits for the storm",
    [
      folding(
        '(step === "opened" && priorityOf(kindOf(episode)) !== "P1")',
        '(step === "opened" && kindOf(episode) !== undefined)',
      ),
      folding(
        "const gatherSeconds = { usual: 60, large: 300 };",
        "const gatherSeconds = { usual: 600, large: 900 };",
      ),
    ],
    /has not told/,
  ],
  [
    "that it was told is not recorded",
    [
      sending(
        "await record(world, due, name, fact, about);",
        'if (outcome === "untold") await record(world, due, name, fact, about);',
      ),
    ],
    /again, which/,
  ],
  [
    "a finding that cannot be told keeps the others from it",
    [
      sending("if (failed && claimed.size === 0) throw failed;", "if (failed) throw failed;"),
      tries("sinceSeconds < claimLapsesSeconds", "sinceSeconds < 4 * claimLapsesSeconds"),
    ],
    /has not told|never told/,
  ],
];

/** The guards, as mutate.ts takes them. */
export const tellingMutations: Mutation[] = table.map(([name, edits, breaks]) => ({ name, edits, breaks }));
