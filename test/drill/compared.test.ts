import { expect, test } from "vitest";
import type { CheckReport } from "../../functions/core/fingerprint.ts";
import { cannedChecker } from "./canned.ts";
import { orders, putUpDrills, rehearsed } from "./house.ts";

test("a drill is held to one of the same hour that has a name from before its point", async () => {
  const quarterly = { ...orders, plan: { ...rehearsed, everySeconds: 900 } } as typeof orders;
  let digest = "5".repeat(32);
  const house = await putUpDrills([quarterly], {
    checker: async (request, world) => {
      const report = (await cannedChecker(request, world)) as CheckReport;
      for (const { tables } of report.fingerprints) for (const table of tables) table.digest = digest;
      return report;
    },
  });
  const master = { MasterUsername: "owner", MasterUserPassword: "not a secret" };
  const about = { DBInstanceIdentifier: "orders-db", Engine: "postgres", ...master };
  await house.call("eu-west-1", "CreateDBInstance", about);
  // Until the point of a quarter past is copied: the scheduled drill of it is named by its full hour.
  for (let passes = 0; passes < 5; passes++) await house.pass(10);
  const scheduled = house.execution({ drill: "20261121T0300Z", by: "schedule", point: "20261121T0315Z" });
  expect((await house.finish(scheduled)).outcome).toBe("passed");

  digest = "6".repeat(32);
  const changed = house.execution({ drill: "20261121T0350Z", point: "20261121T0315Z" });
  const { outcome, reason } = await house.finish(changed);
  expect(outcome).toBe("failed");
  expect(reason).toContain("table public.a");
});
