import { expect, test } from "vitest";
import { demanded } from "./expiry-oracle.ts";
import { liveThroughYear } from "./year.ts";

const keep = { daily: 7, weekly: 4, monthly: 12 };

test("after a year of daily points exactly those are left that the tiers demand, in each region by its own proofs", async () => {
  const year = await liveThroughYear(keep);

  expect(year.taken).toHaveLength(365);
  const day = (point: string) => `${point.slice(4, 6)}-${point.slice(6, 8)}`;
  const week = ["12-25", "12-26", "12-27", "12-28", "12-29", "12-30", "12-31"];
  // No drill runs in the primary region, so the last day of each month stands for it, and Sunday for its week.
  expect(year.left["eu-west-1"]?.map(day)).toEqual([
    ...["01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30"],
    ...["12-12", "12-19", ...week],
  ]);
  // In the recovery region each month's last Sunday does, whose copy was restored and checked.
  expect(year.left["eu-central-1"]?.map(day)).toEqual([
    ...["01-31", "02-28", "03-28", "04-25", "05-30", "06-27", "07-25", "08-29", "09-26", "10-31", "11-28"],
    ...["12-12", "12-19", ...week],
  ]);
  for (const [region, left] of Object.entries(year.left)) {
    const points = year.taken.map((point) => ({
      point,
      verified: year.verified[region]?.includes(point) ?? false,
    }));
    const kept = demanded(points, keep, Date.parse("2028-01-01T00:00:00Z"));
    expect(left, region).toEqual([...kept].sort());
  }
  // Twenty are kept, and beside them there was at most a new one, and one whose mark was not an hour old.
  expect(year.most).toBeLessThanOrEqual(22);
  expect(year.findings).toEqual([]);
}, 240_000);
