import type { Differences } from "./differences.ts";
import { Differs } from "./expect.ts";
import type { Bench, Case } from "./place.ts";

/** What became of one case. Only `FAILED` and `GONE` are bad. */
export type Outcome = {
  name: string;
  outcome: "ok" | "differs" | "FAILED" | "GONE" | "not run";
  /** Why it is not ok. */
  reason?: string;
  seconds: number;
};

/** What limits a run. */
export type Limits = {
  /** Why a case is not run; `undefined` where it is. */
  without: (one: Case) => string | undefined;
  known: Differences;
  /** Hears each outcome, in the order of the cases. */
  tell: (outcome: Outcome) => void;
  atOnce?: number;
};

/** Runs cases, several at once, and judges each by the table of known differences. */
export async function runAll(bench: Bench, cases: Case[], limits: Limits): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = cases.entries();
  let told = 0;
  const worker = async () => {
    for (const [index, one] of waiting) {
      const without = limits.without(one);
      const begun = Date.now();
      const failure = without === undefined ? await failureOf(bench, one) : undefined;
      const seconds = (Date.now() - begun) / 1_000;
      outcomes[index] =
        without === undefined
          ? judge(one.name, failure, limits.known, seconds)
          : { name: one.name, outcome: "not run", reason: without, seconds };
      for (let next = outcomes[told]; next; next = outcomes[++told]) limits.tell(next);
    }
  };
  await Promise.all(Array.from({ length: limits.atOnce ?? 6 }, worker));
  return outcomes;
}

/** What a case came to, given how it failed. */
export function judge(
  name: string,
  failure: string | undefined,
  known: Differences,
  seconds: number,
): Outcome {
  const listed = known.get(name);
  if (failure === undefined) {
    if (listed === undefined) return { name, outcome: "ok", seconds };
    return { name, outcome: "GONE", reason: "it is as documented now: remove its line", seconds };
  }
  if (listed === undefined) return { name, outcome: "FAILED", reason: failure, seconds };
  return { name, outcome: "differs", reason: listed, seconds };
}

async function failureOf(bench: Bench, one: Case): Promise<string | undefined> {
  try {
    await bench.run(one);
    return undefined;
  } catch (thrown) {
    return sentenceOf(thrown);
  }
}

/** An error as one line: what a client throws begins with its name. */
export function sentenceOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const text = thrown instanceof Differs ? thrown.message : `${thrown.name}: ${thrown.message}`;
  return text.replace(/\s+/g, " ").slice(0, 500);
}
