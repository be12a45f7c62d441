import { useEffect, useState } from "preact/hooks";

let aheadMs = 0;

/** Ages are counted on the server's clock: a reader's own may be wrong by hours. To the second, as `date` has it. */
export function keepServerTime(date: string | null): void {
  const ms = Date.parse(date ?? "");
  if (Number.isNaN(ms)) return;
  const ahead = ms - Date.now();
  if (Math.abs(ahead - aheadMs) > 2_000) aheadMs = ahead;
}

/** Now, in ms since 1970 UTC. */
export function now(): number {
  return Date.now() + aheadMs;
}

/** Now, and again every so often: what shows an age shows it anew. */
export function useNow(everySeconds = 10): number {
  const [at, set] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => set(now()), everySeconds * 1_000);
    return () => clearInterval(timer);
  }, [everySeconds]);
  return at;
}
