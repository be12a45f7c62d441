import { Problem } from "./problem.ts";

const secondsPerUnit = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/**
 * Seconds of a duration as people write it: a whole number and one unit of s, m, h, d ("90m", "7d").
 * Throws `Problem` invalid on anything else, zero included.
 */
export function parseDuration(text: string): number {
  const parts = /^(\d{1,6})([smhd])$/.exec(text);
  const seconds = parts ? Number(parts[1]) * secondsPerUnit[parts[2] as keyof typeof secondsPerUnit] : 0;
  if (seconds === 0) {
    throw new Problem(
      "invalid",
      `"${text}" is not a duration`,
      'Write a whole number and a unit: "15m", "1h", "7d".',
    );
  }
  return seconds;
}

/** A duration for people, in its two largest units: 5400 -> "1h 30m", 0 -> "0s". */
export function formatDuration(seconds: number): string {
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const unit of ["d", "h", "m", "s"] as const) {
    const count = Math.floor(rest / secondsPerUnit[unit]);
    rest -= count * secondsPerUnit[unit];
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0s";
}
