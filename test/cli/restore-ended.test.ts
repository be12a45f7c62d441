import { beforeEach, expect, test } from "vitest";
import local from "../../infra/environments/local.ts";
import { AwsError } from "../../local/twin.ts";
import { bench } from "./bench.ts";
import { restoreFunction } from "./executions.ts";

/*
 * Restores, and the undoing of them, that came to no end of their own: what the command says of them, and what can be
 * asked for again.
 */
let at: Awaited<ReturnType<typeof open>>;

async function open() {
  const built = await bench(local);
  const { executions, step } = restoreFunction(built.twin, [built.primary, built.recovery]);
  await built.pass(3_600_000);
  const onWait = async () => {
    built.clock.advance(60_000);
    await step();
  };
  return { ...built, bench: built, executions, step, hold: (line: string) => built.hold(line, { onWait }) };
}

beforeEach(async () => {
  at = await open();
});

test("status says at once that a restore was stopped from outside, and it can be neither cancelled nor waited for", async () => {
  const { json } = await at.hold("restore orders --latest --as orders-copy --no-wait --json");
  const id = String(json.restore);
  await at.step();
  expect((await at.hold(`restore status ${id}`)).out).toMatch(/: running\./);
  at.executions.get(id)?.stop();
  const { out } = await at.hold(`restore status ${id}`);
  expect(out).toMatch(new RegExp(`Restore ${id} in eu-west-1: failed`));
  expect(out).toMatch(/Why it ended: its execution was stopped from outside at 2/);
  expect((await at.hold(`restore cancel ${id}`)).err).toMatch(/is failed already/);
});

test("who follows a restore that is stopped hears of it", async () => {
  let waits = 0;
  const { code, err } = await at.bench.hold("restore orders --latest --as orders-copy", {
    onWait: async () => {
      at.clock.advance(5_000);
      await at.step();
      if (++waits === 3) for (const one of at.executions.values()) one.stop();
    },
  });
  expect(code).toBe(6);
  expect(err).toMatch(/came to nothing: its execution was stopped from outside/);
});

test("an undo that failed is asked for again by the same command, until it is done", async () => {
  const { json } = await at.hold("restore orders --latest --replace --json");
  const id = String(json.restore);
  let refusing = true;
  at.twin.interceptors.unshift((made, proceed) => {
    if (refusing && made.input.NewDBInstanceIdentifier)
      throw new AwsError("InvalidParameterValue", "no", 400);
    return proceed();
  });
  const failed = await at.hold(`restore undo ${id}`);
  expect(failed.err).toMatch(/was not undone: .*no/);
  expect((await at.hold(`restore status ${id}`)).out).toMatch(/: finished\.[\s\S]*Why its undo failed: .*no/);
  expect((await at.hold(`restore undo ${id}`)).err).toMatch(/was not undone/);

  refusing = false;
  expect((await at.hold(`restore undo ${id}`)).out).toMatch(
    new RegExp(`What was there before ${id} is back`),
  );
  expect([...at.executions.keys()]).toEqual([id, `undo-${id}`, `undo2-${id}`, `undo3-${id}`]);
  expect((await at.hold(`restore undo ${id}`)).err).toMatch(/is undone: there is nothing to undo/);
});
