import { useNow } from "../clock.ts";
import { age, instant } from "../words.ts";

/** An instant in UTC; the reader's own time when pointed at. */
export function When({ at }: { at: string }) {
  return (
    <time datetime={at} title={`${new Date(at).toLocaleString()} where you are`}>
      {instant(at)} <abbr title="Coordinated Universal Time">UTC</abbr>
    </time>
  );
}

/** How long ago an instant was, kept current. */
export function Age({ at, suffix = " ago" }: { at: string; suffix?: string }) {
  const nowMs = useNow();
  return (
    <time datetime={at} title={`${instant(at)} UTC`}>
      {age(at, nowMs)}
      {suffix}
    </time>
  );
}
