import { decideExpiry, type ExpiryView } from "../functions/core/expiry.ts";
import type { Retention } from "../functions/core/plan.ts";
import type { PointState } from "../functions/core/point.ts";
import { applyRetention } from "../functions/core/retention.ts";
import { type PointId, slotOf } from "../functions/core/slot.ts";
import type { Row } from "./row.ts";

const runs = 9;

/**
 * Retention of 100,000 points of one source, one every 15 minutes for almost three years, a tenth of them verified; and
 * the whole decision of what expires of them, all but the kept marked, guards and proof included.
 */
export async function benchRetention(): Promise<Row[]> {
  const now = new Date("2026-11-21T03:10:00Z");
  const points = Array.from({ length: 100_000 }, (_, index) => ({
    // In no order: a listing of two vaults is in none either.
    point: slotOf(new Date(now.getTime() - ((index * 7_919) % 100_000) * 900_000)),
    verified: index % 10 === 0,
  }));
  const policy = { last: 10, hourly: 48, daily: 30, weekly: 12, monthly: 24, yearly: 3 };
  const kept = new Set(
    applyRetention(points, policy, now).flatMap(({ point, keep }) => (keep ? [point] : [])),
  );
  const view = viewOf(
    points.map(({ point, verified }) => stateOf(point, verified, !kept.has(point))),
    policy,
    now,
  );
  const { steps } = decideExpiry(view);
  const deletions = steps.filter(({ step }) => step === "delete").length;
  if (deletions !== points.length - kept.size) throw new Error(`${deletions} of ${points.length} are to go`);
  return [
    { name: "retention of 100,000 points", median: medianMs(() => applyRetention(points, policy, now)) },
    { name: "deciding what expires of them", median: medianMs(() => decideExpiry(view)) },
  ].map((row) => ({ ...row, unit: "ms", goal: "1000 ms" }));
}

function medianMs(work: () => void): number {
  const took = Array.from({ length: runs }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  }).sort((a, b) => a - b);
  return Math.round(took[Math.floor(runs / 2)] as number);
}

function viewOf(points: PointState[], keep: Retention, now: Date): ExpiryView {
  const regions = { primaryRegion: "eu-west-1", recoveryRegion: "eu-central-1" };
  const plan = { name: "p", everySeconds: 900, rpoSeconds: 3_600, keep, copies: [] };
  const source: ExpiryView["source"] = { name: "orders", kind: "rds-instance", instance: "orders-db", plan };
  return { environment: regions, region: "eu-west-1", now, source, points, open: [], reading: [] };
}

function stateOf(point: PointId, verified: boolean, marked: boolean): PointState {
  const at = "2026-11-21T01:00:00Z";
  const names = ["available", ...(verified ? ["verified-eu-west-1"] : [])];
  if (marked) names.push("expiring-eu-west-1-20261121T010000Z");
  return { point, facts: new Map(names.map((name) => [name, at])) };
}
