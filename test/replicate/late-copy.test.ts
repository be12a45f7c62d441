import { expect, test } from "vitest";
import type { Call } from "../../functions/glue.ts";
import { replicate } from "../../functions/replicate/replicate.ts";
import { slowCopy } from "../simulation/slow-copy.ts";
import { worldIn } from "../worlds.ts";
import { putUpReplica } from "./place.ts";

const calm: Call = { remainingMs: () => 900_000, lastTry: false };

/** Where in the first worker's run the second write comes, and is told of and seen to by another worker to its end. */
type Moment = { call: number; when: "before" | "while it copies" | "after" };

/**
 * A key is replicated, written again, and while a worker brings that to the replica, written once more. Each write's
 * event is handled once, none is lost, and there is no sweep: so source and replica must be alike in the end. Gives how
 * many calls the first worker made.
 */
async function story(bodies: { was?: string; first: string; second: string }, moment: Moment) {
  const { twin, clock, environment, user, both } = await putUpReplica();
  const handle = (worker: string) => {
    const detail = { bucket: { name: "acme-uploads" }, object: { key: "k" } };
    const world = worldIn(twin, environment, "eu-west-1", worker);
    return replicate({ source: "aws.s3", "detail-type": "Object Created", detail }, world, calm);
  };
  const write = async (Body: string) => {
    clock.advance(1_000);
    await user("PutObject", { Key: "k", Body, Metadata: { n: "1" } });
  };
  if (bodies.was !== undefined) {
    await write(bodies.was);
    await handle("before");
  }
  await write(bodies.first);
  let calls = 0;
  const meanwhile = async () => {
    await write(bodies.second);
    await handle("other");
  };
  twin.interceptors.push(async (call, proceed) => {
    if (call.principal !== "worker" || ++calls !== moment.call) return proceed();
    if (moment.when === "before") await meanwhile();
    if (moment.when === "while it copies" && call.operation === "CopyObject") {
      // What it copies is read at once, and what is at the destination is looked at when it lands.
      let land = () => {};
      const copying = slowCopy(twin, call, new Promise<void>((resolve) => (land = resolve)));
      copying.catch(() => {});
      await new Promise((read) => setImmediate(read));
      await meanwhile();
      land();
      return copying;
    }
    const answer = await proceed();
    if (moment.when === "after") await meanwhile();
    return answer;
  });
  await handle("worker");
  const [source, replica] = await both();
  return { calls, source, replica };
}

test("whenever a key is written again while a copy of it is under way, the last version is in the replica, with no sweep", async () => {
  const stories: string[] = [];
  for (const was of [undefined, "one", "two"])
    for (const first of ["one", "two"])
      for (const second of ["one", "two"])
        for (const when of ["before", "while it copies", "after"] as const) {
          const bodies = { first, second, ...(was === undefined ? {} : { was }) };
          let calls = 1;
          for (let call = 1; call <= calls; call++) {
            const told = await story(bodies, { call, when });
            const name = `${was ?? "nothing"}, then ${first}, then ${second} ${when} call ${call}`;
            stories.push(name);
            expect(told.replica, name).toEqual(told.source);
            calls = Math.max(calls, told.calls);
          }
        }
  expect(stories.length).toBeGreaterThan(100);
  // The one that only a look at the source after the copy saves: the overwriting copy lands on what it expects there,
  // because the worker of the last write found its bytes in the replica already and wrote nothing.
  expect(stories).toContain("one, then two, then one while it copies call 5");
});
