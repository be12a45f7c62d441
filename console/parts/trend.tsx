import { useEffect, useRef } from "preact/hooks";
import type { Measured } from "../chart.ts";
import { duration } from "../words.ts";

/** What drills measured over time, against the objective where there is one. The table beside it has the same numbers. */
export function Trend({
  measures,
  drills,
  rtoSeconds,
}: {
  measures: "RTO" | "Time to checked";
  drills: readonly Measured[];
  rtoSeconds?: number | undefined;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const div = place.current;
    if (!div) return;
    let stop: (() => void) | undefined;
    let gone = false;
    // The chart's code is most of what a page weighs, and only drills need it.
    import("../chart.ts").then(({ showTrend }) => {
      if (!gone) stop = showTrend(div, drills, rtoSeconds);
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, [drills, rtoSeconds]);
  const longest = Math.max(...drills.map(({ seconds }) => seconds));
  const newest = drills.at(-1);
  const words = `${measures === "RTO" ? "Measured RTO" : measures} of ${drills.length} drills: the newest ${duration(newest?.seconds ?? 0)}, the longest ${duration(longest)}${rtoSeconds ? `, against ${duration(rtoSeconds)}` : ""}.`;
  return (
    <figure class="trend">
      <div ref={place} role="img" aria-label={words} />
      <figcaption>{words}</figcaption>
    </figure>
  );
}
