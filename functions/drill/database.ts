import { asProblem, Problem } from "../core/problem.ts";
import type { Kept, Steps } from "../core/workflow.ts";
import type { DatabaseRef } from "../databases/describe.ts";
import type { DrillWorld } from "../drill-world.ts";
import { askChecker } from "./asking.ts";
import type { Begun } from "./begin.ts";
import type { Found } from "./found.ts";
import { judge } from "./judge.ts";

/** The largest databases take hours to restore; half a day is beyond what AWS needs when all is well. */
const restoreHours = 12;

/** A part of the checks takes a quarter of an hour at most: 80 are 20 hours. */
const maxParts = 80;

/** Restores the point into a database of its own, checks it, and takes it away, whatever came of it. */
export async function drillDatabase(begun: Begun, steps: Steps, world: DrillWorld): Promise<Found> {
  const clone: DatabaseRef = {
    kind: begun.source.kind === "rds-cluster" ? "cluster" : "instance",
    id: begun.clone ?? "",
  };
  let found: Found;
  try {
    found = await rehearse(begun, clone, steps, world);
  } catch (thrown) {
    const { message } = asProblem(thrown);
    found = { outcome: "broken-off", reason: message, checks: [], differences: [] };
  }
  return { ...found, ...(await takeAway(begun, clone, steps.always, world)) };
}

async function rehearse(begun: Begun, clone: DatabaseRef, steps: Steps, world: DrillWorld): Promise<Found> {
  const { databases, now } = world;
  const owner = ownerOf(begun);
  const instanceClass = await steps.step("restore", async () => {
    const settings = settingsOf(begun, world);
    await databases.restore(clone, { snapshot: begun.snapshot ?? "" }, settings, owner);
    return settings.instanceClass;
  });
  const timing = { timeoutSeconds: restoreHours * 3_600, everySeconds: 30, upToSeconds: 60 };
  const made = await steps.until("available", () => databases.ready(clone), timing);
  if (clone.kind === "cluster") {
    // A cluster is restored without instances, and nobody can connect to it.
    await steps.step("add an instance", () => {
      const member = { id: `${clone.id}-1`, instanceClass, publiclyAccessible: false, tags: {} };
      return databases.addInstance({ id: clone.id, engine: made.engine }, member, owner);
    });
  }
  const available = await steps.until(
    "answering",
    async () => answering(await databases.ready(clone), now),
    timing,
  );
  await steps.step("reset the password", () => databases.change(clone, { manageMasterPassword: true }));
  const login = await steps.until(
    "password reset",
    async () => loginOf(await databases.ready(clone)),
    timing,
  );

  let after: Kept<Awaited<ReturnType<typeof askChecker>>>["next"];
  let parts = 0;
  let checkedAt = available.at;
  do {
    if (parts >= maxParts) throw tooLong(begun);
    // Waiting ends the invocation: the next one has all of its quarter of an hour.
    if (parts > 0) await steps.waitFor(`before part ${parts + 1}`, 1);
    const part = ++parts;
    const from = after;
    const asked = await steps.step(`check, part ${part}`, () =>
      askChecker(begun, login, { part, from }, world),
    );
    after = asked.next;
    checkedAt = asked.at;
  } while (after);
  const found = await steps.step("compare", () => judge(begun, parts, world));
  const seconds = (at: string) => (Date.parse(at) - Date.parse(begun.startedAt)) / 1_000;
  return {
    ...found,
    secondsToAvailable: seconds(available.at),
    secondsToChecked: seconds(checkedAt),
    database: {
      clone: clone.id,
      restoredFrom: begun.snapshot ?? "",
      engine: `${available.engine} ${available.engineVersion}`,
      instanceClass,
    },
  };
}

async function takeAway(begun: Begun, clone: DatabaseRef, steps: Steps, { databases }: DrillWorld) {
  const timing = { timeoutSeconds: 4 * 3_600, everySeconds: 30, upToSeconds: 300 };
  try {
    await steps.until(
      "take it away",
      async () => (await databases.remove(clone, ownerOf(begun))) || undefined,
      timing,
    );
    return { tornDown: [clone.id], leftBehind: [] };
  } catch {
    // The reaper goes on trying, and tells.
    return { tornDown: [], leftBehind: [clone.id] };
  }
}

/** For whom the clone is made: nobody else may take it away, but the reaper after its time. */
function ownerOf({ source, drill, until }: Begun) {
  return { by: "drill", id: `${source.name}-${drill}`, expiresAt: until } as const;
}

/** In isolation and as small as can be: nothing comes in but the checker, nothing goes out, and nothing is kept of it. */
function settingsOf({ source }: Begun, { scratchPlace }: DrillWorld) {
  if (!scratchPlace) {
    const fix = "Deploy the recovery stack again: it makes the network that drills restore into.";
    throw new Problem("invalid", "this region has no network for drills", fix);
  }
  return {
    ...scratchPlace,
    instanceClass: source.plan.drill?.instanceClass ?? smallest[source.kind] ?? "",
    publiclyAccessible: false,
    multiAz: false,
    backupRetentionDays: 0,
    copyTagsToSnapshot: false,
    tags: {},
  };
}

/** The smallest classes that RDS and Aurora have for current engines (RDS and Aurora user guides, DB instance classes). */
const smallest: Partial<Record<Begun["source"]["kind"], string>> = {
  "rds-instance": "db.t4g.micro",
  "rds-cluster": "db.t4g.medium",
};

type Database = NonNullable<Awaited<ReturnType<DrillWorld["databases"]["describe"]>>>;

function answering(database: Database | undefined, now: DrillWorld["now"]) {
  if (!database?.endpoint) return undefined;
  const { engine, engineVersion } = database;
  return { engine, engineVersion, at: now().toISOString() };
}

/** How the checker gets in. The password itself stays in the secret that RDS made for the clone. */
function loginOf(database: Database | undefined) {
  if (!database?.endpoint || !database.masterSecretArn) return undefined;
  const { engine, endpoint, masterUsername = "", masterSecretArn: secretId } = database;
  return { engine, ...endpoint, user: masterUsername, secretId };
}

/** How the checker gets in. */
export type LoginAt = NonNullable<ReturnType<typeof loginOf>>;

function tooLong({ source }: Begun): Problem {
  return new Problem(
    "unavailable",
    `"${source.name}" was not read whole within ${maxParts} quarters of an hour`,
    "Give the plan's drill a larger instanceClass.",
  );
}
