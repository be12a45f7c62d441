import { expect, test } from "vitest";
import { record } from "../../functions/restore/record.ts";
import { crashAt } from "../durable.ts";
import { execution, factsOf, place, request } from "./place.ts";

/*
 * Whatever stops a restore, and wherever: it leaves a finished restore, or what was there before.
 */
const wishOf = (world: Parameters<typeof request>[0]) => request(world, { replace: { prebackup: true } });

test("cut off at any moment, it comes to the same end", async () => {
  const whole = await place();
  const reference = execution(wishOf(whole.primary), whole.primary, { clock: whole.clock });
  await reference.finish();
  const history = reference.history().map((line) => line.replace(/ x\d+$/, ""));
  const names = whole.databases("eu-west-1");

  for (let moment = 0; moment < reference.moments; moment++) {
    const at = await place();
    const cut = execution(wishOf(at.primary), at.primary, { clock: at.clock, crash: crashAt(moment) });
    await cut.finish();
    expect(
      cut.history().map((line) => line.replace(/ x\d+$/, "")),
      `moment ${moment}`,
    ).toEqual(history);
    expect(at.databases("eu-west-1"), `moment ${moment}`).toEqual(names);
    expect(await at.primary.databases.scratch(), `moment ${moment}`).toEqual([]);
  }
});

test("cancelled at any step, it leaves nothing behind, or was too late and is done", async () => {
  const whole = await place();
  const reference = execution(wishOf(whole.primary), whole.primary, { clock: whole.clock });
  await reference.finish();
  const outcomes = new Set<string>();

  for (let moment = 0; moment < reference.moments; moment += 3) {
    const at = await place();
    const wish = wishOf(at.primary);
    let cancelling: Promise<unknown> | undefined;
    const crash = ({ count }: { count: number }) => {
      if (count === moment) cancelling = record(at.primary, wish, "cancel-requested", { by: "somebody" });
      return false;
    };
    const cut = execution(wish, at.primary, { clock: at.clock, crash });
    const ended = (await cut.finish()).ended ? "cancelled" : "finished";
    await cancelling;
    outcomes.add(ended);
    const facts = await factsOf(at.primary, wish.id);
    expect(Object.keys(facts), `moment ${moment}`).toContain(ended);
    expect(facts[ended]?.leftBehind, `moment ${moment}`).toBeUndefined();
    expect(at.databases("eu-west-1").length, `moment ${moment}`).toBe(ended === "finished" ? 2 : 1);
    expect(at.databases("eu-west-1"), `moment ${moment}`).toContain("orders-db");
    expect(await at.primary.databases.scratch(), `moment ${moment}`).toEqual([]);
  }
  expect([...outcomes].sort()).toEqual(["cancelled", "finished"]);
});
