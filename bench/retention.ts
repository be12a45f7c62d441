import { applyRetention } from "../functions/core/retention.ts";
import { slotOf } from "../functions/core/slot.ts";
import type { Row } from "./row.ts";

const runs = 9;

/** Retention of 100,000 points of one source, one every 15 minutes for almost three years, a tenth of them verified. */
export async function benchRetention(): Promise<Row[]> {
  const now = new Date("2026-11-21T03:10:00Z");
  const points = Array.from({ length: 100_000 }, (_, index) => ({
    // In no order: a listing of two vaults is in none either.
    point: slotOf(new Date(now.getTime() - ((index * 7_919) % 100_000) * 900_000)),
    verified: index % 10 === 0,
  }));
  const policy = { last: 10, hourly: 48, daily: 30, weekly: 12, monthly: 24, yearly: 3 };
  const took = Array.from({ length: runs }, () => {
    const began = performance.now();
    applyRetention(points, policy, now);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  const median = Math.round(took[Math.floor(runs / 2)] as number);
  return [{ name: "retention of 100,000 points", median, unit: "ms", goal: "1000 ms" }];
}
