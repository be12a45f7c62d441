import {
  added,
  HydrateReport,
  type HydrateRequest,
  type Hydration,
  type ReadPlace,
} from "../core/hydrate.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { Cancelled, type Kept } from "../core/workflow.ts";
import type { Database } from "../databases/describe.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { Run } from "./database.ts";
import type { DatabasePlan } from "./database-plan.ts";
import type { HydrationPlan } from "./hydration.ts";
import { record } from "./record.ts";

/** A part takes a quarter of an hour at most: 200 are two days. */
const maxParts = 200;

/** What does not answer at first may be a matter of a minute: of a password that has just been made, or a network. */
const retry = { attempts: 5, firstSeconds: 10, maxSeconds: 60 };

/**
 * Reads a restored database whole, part by part, by the function that is in its network, and tells after each how far it
 * is. What cannot be read does not undo a restore: a cold database is better than none. But nothing gives way to one of
 * which stored data could not be read: then it throws `Problem` damaged.
 */
export async function hydrateDatabase(
  plan: DatabasePlan & { hydration: HydrationPlan },
  run: Run,
  database: Database,
): Promise<Hydration> {
  const { steps, world } = run;
  await run.begin("hydrate");
  let sum: Hydration | undefined;
  try {
    const request = requestOf(plan.hydration, database);
    let after: Kept<ReadPlace> | undefined;
    let parts = 0;
    do {
      if (parts >= maxParts) throw new Problem("unavailable", "two days were not enough", "");
      // Waiting ends the invocation: the next one has all of its quarter of an hour.
      if (parts > 0) await steps.waitFor(`before part ${parts + 1}`, 1);
      const part = ++parts;
      const [before, from] = [sum, after];
      const done = await steps.step(
        `read, part ${part}`,
        () => readPart({ ...request, ...(from ? { after: from } : {}) }, { part, before }, run, world),
        retry,
      );
      [sum, after] = [done.sum, done.next];
    } while (after);
  } catch (thrown) {
    if (thrown instanceof Cancelled) throw thrown;
    const nothing = { readBytes: 0, totalBytes: 0, parts: 0, seconds: 0, unreadCount: 0, unread: [] };
    sum = { ...(sum ?? nothing), stopped: asProblem(thrown).message };
  }
  refuseDamaged(plan, sum);
  return sum;
}

async function readPart(
  request: HydrateRequest,
  { part, before }: { part: number; before: Hydration | undefined },
  run: Run,
  world: RestoreWorld,
): Promise<{ sum: Hydration; next: ReadPlace | undefined }> {
  const report = await ask(request, world);
  const sum = added(before, report);
  await record(world, run.request, `read-${part}`, { hydration: sum });
  return { sum, next: report.next };
}

async function ask(request: HydrateRequest, { invoke }: RestoreWorld): Promise<HydrateReport> {
  try {
    return HydrateReport.parse(await invoke.ask("hydrate", request));
  } catch (thrown) {
    const problem = asProblem(thrown);
    // Whatever the function says may pass, it says as an error of its own.
    if (problem.code !== "internal") throw problem;
    throw new Problem("unavailable", problem.message, problem.fix, thrown);
  }
}

function requestOf({ secretArn }: HydrationPlan, database: Database): HydrateRequest {
  const { engine, endpoint, masterSecretArn } = database;
  const secretId = secretArn ?? masterSecretArn;
  if (!endpoint || !secretId) {
    const what = `${database.id} has no ${endpoint ? "secret" : "endpoint"} that RDS tells of`;
    throw new Problem("internal", what, "Look at it in the RDS console.");
  }
  // Whatever answers under a name of RDS's without TLS is not RDS, and gets no password.
  const tls = /\.rds\.amazonaws\.com(\.cn)?$/.test(endpoint.host) ? "required" : "preferred";
  return { engine, ...endpoint, secretId, tls };
}

function refuseDamaged({ replaces, made }: DatabasePlan, { unread }: Hydration): void {
  const bad = unread.find(({ damaged }) => damaged);
  if (!bad || !replaces) return;
  throw new Problem(
    "damaged",
    `${bad.name} of ${made.id} could not be read: ${bad.reason}`,
    "Nothing gave way to it. Restore another point, or this one under another name (--as) to look at it.",
  );
}
