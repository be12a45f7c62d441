import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "../functions/core/api/routes.ts";
import { type Asks, call, type Refusal, Refused } from "./api.ts";
import type { Taken } from "./routes.ts";

/** What is known of what was asked: nothing yet, the newest answer, and why there is no newer one. */
export type Asked<T> = { answer?: T; refusal?: Refusal; again(): void };

/** The last answers, so that a page that was seen before is there at once while it is asked anew. */
const seen = new Map<string, unknown>();

/** Forgets everything: the next who signs in may not see what this one saw. */
export function forgetAnswers(): void {
  seen.clear();
}

/**
 * Asks, and asks again every so many seconds while the page is looked at; how many may hang on the answer, and without
 * a number it is not asked again. `undefined` for `asks` asks nothing yet.
 */
export function useAsk<O extends Taken>(
  operation: O,
  asks: Asks<O> | undefined,
  every?: number | ((answer: Answer<O> | undefined) => number | undefined),
): Asked<Answer<O>> {
  const key = asks && JSON.stringify([operation, asks]);
  const [known, setKnown] = useState<{ key?: string | undefined; answer?: Answer<O>; refusal?: Refusal }>({});
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((one) => one + 1), []);
  const latest = useRef(asks);
  latest.current = asks;

  // What is asked is in its key; a turn asks it again.
  useEffect(() => {
    if (!key || !latest.current) return;
    const stop = new AbortController();
    call(operation, latest.current, { signal: stop.signal }).then(
      (answer) => {
        seen.set(key, answer);
        setKnown({ key, answer });
      },
      (thrown: unknown) => {
        if (stop.signal.aborted) return;
        const refusal = refusalIn(thrown);
        setKnown((before) => (before.key === key ? { ...before, refusal } : { key, refusal }));
      },
    );
    return () => stop.abort();
  }, [key, operation, turn]);

  const everySeconds = typeof every === "function" ? every(known.answer) : every;
  useEffect(() => {
    if (!everySeconds || !key) return;
    const look = () => document.visibilityState === "visible" && again();
    const timer = setInterval(look, everySeconds * 1_000);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [key, everySeconds, again]);

  if (known.key === key && key) return { ...known, again };
  const before = key ? (seen.get(key) as Answer<O> | undefined) : undefined;
  return { ...(before !== undefined && { answer: before }), again };
}

/** Why something was refused; what nobody expected too. */
export function refusalIn(thrown: unknown): Refusal {
  if (thrown instanceof Refused) return thrown.refusal;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    status: 0,
    title: "Something broke in this page",
    detail,
    code: "internal",
    fix: "Load it again.",
  };
}
