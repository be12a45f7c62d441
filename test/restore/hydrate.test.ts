import { beforeEach, expect, test } from "vitest";
import type { HydrateReport, HydrateRequest } from "../../functions/core/hydrate.ts";
import { Problem } from "../../functions/core/problem.ts";
import type { RestoreRequest } from "../../functions/core/restore.ts";
import { planRestore } from "../../functions/restore/planning.ts";
import { record } from "../../functions/restore/record.ts";
import type { WorkflowWorld as World } from "../../functions/workflow-world.ts";
import { crashAt } from "../durable.ts";
import { execution, factsOf, ledger, orders, place, request } from "./place.ts";

/*
 * A restored database is read whole before it gets its name, by a function in a network that the environment names. What
 * that function does is test/hydrate's; here it is played.
 */
const subnets = { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] };
const restores = { hydrate: { primary: subnets, recovery: subnets } };
const reader = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:orders-reader-AbCdEf";
const asked = { hydrate: true, replace: { prebackup: true } } as const;
let at: Awaited<ReturnType<typeof house>>;

/** A place whose database has a master password that RDS keeps, and a world whose function answers in turn. */
async function house(
  more: Parameters<typeof place>[0] = { restores },
  sources?: Parameters<typeof place>[1],
) {
  const built = await place(more, sources);
  const { call, pass } = built;
  if (!sources) {
    const managed = { DBInstanceIdentifier: "orders-db", ManageMasterUserPassword: true };
    await call("eu-west-1", "ModifyDBInstance", { ...managed, ApplyImmediately: true });
    await pass(2);
  }
  return { ...built, with: (answers: Answer[]) => played(built.primary, answers) };
}

type Answer = Partial<HydrateReport> | Problem | (() => Promise<void>);

const part: HydrateReport = {
  readBytes: 2 ** 30,
  totalBytes: 3 * 2 ** 30,
  seconds: 700,
  unreadCount: 0,
  unread: [],
};
const next = { database: "shop", at: "16384/1024" };

/** The world with a function that answers so; its last answer stays. */
function played(world: World, answers: Answer[]): { world: World; requests: HydrateRequest[] } {
  const requests: HydrateRequest[] = [];
  const ask = async (task: string, input: unknown) => {
    if (task !== "hydrate") throw new Error(`asked ${task}`);
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(input as HydrateRequest);
    if (answer instanceof Problem) throw answer;
    if (typeof answer === "function") await answer();
    return typeof answer === "function" ? part : { ...part, ...answer };
  };
  return { world: { ...world, invoke: { ...world.invoke, ask } }, requests };
}

beforeEach(async () => {
  at = await house();
});

const run = (world: World, wish: RestoreRequest) => execution(wish, world, { clock: at.clock });

test("it is read under a name of its own, part by part, and gets the name that users know last", async () => {
  const wish = request(at.primary, asked);
  const made = `orders-db-${wish.id.slice(-16)}`;
  const names: string[][] = [];
  const { world, requests } = at.with([
    { next },
    { next: { database: "shop" } },
    async () => void names.push(at.databases("eu-west-1")),
  ]);
  const running = run(world, wish);
  const { back } = await running.finish();

  expect(back.database).toMatchObject({
    id: "orders-db",
    replaced: { id: `orders-db-before-${wish.id.slice(-16)}` },
  });
  expect(names).toEqual([["orders-db", made]]);
  expect(requests.map(({ after }) => after)).toEqual([undefined, next, { database: "shop" }]);
  const secret = back.database?.masterSecretArn;
  expect(secret).toMatch(/secret:rds!db-/);
  expect(requests.every(({ secretId, engine }) => secretId === secret && engine === "postgres")).toBe(true);
  // Under RDS's own name nothing without TLS is told a password.
  expect(requests.map(({ tls }) => tls)).toEqual(["required", "required", "required"]);
  const whole = { parts: 3, readBytes: 3 * 2 ** 30, totalBytes: 3 * 2 ** 30, seconds: 2_100, unreadCount: 0 };
  expect(back.hydration).toMatchObject(whole);
  const facts = await factsOf(world, wish.id);
  expect(facts["read-2"]?.hydration).toMatchObject({ parts: 2, readBytes: 2 * 2 ** 30 });
  expect(facts.finished).toMatchObject({ hydration: whole });
  expect(facts.finished?.took?.map(({ step }) => step)).toEqual([
    "pre-backup",
    "restore",
    "settings",
    "hydrate",
    "keep",
    "swap",
  ]);
  expect(facts.planned?.plan?.steps.find(({ name }) => name === "hydrate")).toMatchObject({
    does: `Reads all of ${made}, so that no user waits for what its volume has not loaded yet`,
    calls: ["lambda:InvokeFunction", "secretsmanager:GetSecretValue"],
  });
  const history = running
    .history()
    .map((line) => line.replace(/: \w+ x\d+$/, "").replaceAll(wish.id.slice(-16), "<instant>"));
  await expect(`${history.join("\n")}\n`).toMatchFileSnapshot("golden/database-hydrating.txt");
});

test("where nothing has the name it is read under another all the same, and a failure at the end leaves nothing", async () => {
  const { call, clock } = at;
  const off = { DBInstanceIdentifier: "orders-db", DeletionProtection: false, ApplyImmediately: true };
  await call("eu-west-1", "ModifyDBInstance", off);
  clock.advance(600_000);
  await call("eu-west-1", "DeleteDBInstance", { DBInstanceIdentifier: "orders-db", SkipFinalSnapshot: true });
  clock.advance(600_000);
  const wish = request(at.primary, { hydrate: true });
  const { world } = at.with([{}]);
  const { back } = await run(world, wish).finish();
  expect(back.database).toMatchObject({ id: "orders-db" });
  expect(back.database?.replaced).toBeUndefined();
  expect(at.databases("eu-west-1")).toEqual(["orders-db"]);

  // Somebody takes the name while it is read.
  clock.advance(3_600_000);
  const again = request(at.primary, { hydrate: true, as: "orders-db-then" });
  const taken = at.with([
    async () => {
      await call("eu-west-1", "CreateDBInstance", {
        DBInstanceIdentifier: "orders-db-then",
        Engine: "postgres",
      });
    },
  ]);
  await expect(run(taken.world, again).finish()).rejects.toThrow(/orders-db-then is another instance now/);
  expect(at.databases("eu-west-1")).toEqual(["orders-db", "orders-db-then"]);
  expect((await factsOf(at.primary, again.id)).failed?.leftBehind).toBeUndefined();
  expect(await at.primary.databases.scratch()).toEqual([]);
});

test("a reader that does not answer is asked again, and then the database comes back unread, which is said", async () => {
  const wish = request(at.primary, asked);
  const away = new Problem("internal", "holdfast-test-hydrate failed: no route", "See its log.");
  const once = at.with([away, {}]);
  const { back } = await run(once.world, wish).finish();
  expect(back.hydration).toMatchObject({ parts: 1, unreadCount: 0 });
  expect(back.hydration?.stopped).toBeUndefined();

  at.clock.advance(3_600_000);
  const never = request(at.primary, asked);
  const { world, requests } = at.with([{ next }, away]);
  const { back: cold } = await run(world, never).finish();
  expect(cold.database?.id).toBe("orders-db");
  expect(cold.hydration).toMatchObject({ parts: 1, readBytes: 2 ** 30, stopped: away.message });
  expect(requests).toHaveLength(6);
});

test("nothing gives way to a database of which stored data could not be read", async () => {
  const wish = request(at.primary, asked);
  const unread = [{ name: "shop: public.orders", reason: "invalid page in block 7", damaged: true }];
  const { world } = at.with([{ unreadCount: 1, unread }]);
  await expect(run(world, wish).finish()).rejects.toMatchObject({
    code: "damaged",
    message: `shop: public.orders of orders-db-${wish.id.slice(-16)} could not be read: invalid page in block 7`,
  });
  expect(at.databases("eu-west-1")).toEqual(["orders-db"]);
  const beside = request(at.primary, { hydrate: true, as: "orders-db-look" });
  expect((await run(world, beside).finish()).back).toMatchObject({
    database: { id: "orders-db-look" },
    hydration: { unreadCount: 1, unread },
  });
});

test("cancelled between two parts, and cut off anywhere, it leaves nothing or comes to its end", async () => {
  const wish = request(at.primary, asked);
  const stop = async () => void (await record(at.primary, wish, "cancel-requested", { by: "somebody" }));
  const { world } = at.with([{ next }, stop, {}]);
  expect((await run(world, wish).finish()).ended).toBe("cancelled by somebody");
  expect(at.databases("eu-west-1")).toEqual(["orders-db"]);
  expect((await factsOf(world, wish.id)).cancelled?.leftBehind).toBeUndefined();

  const reference = await house();
  const first = request(reference.primary, asked);
  const plain = execution(first, reference.with([{ next }, {}]).world, { clock: reference.clock });
  await plain.finish();
  const names = reference.databases("eu-west-1");
  for (let moment = 0; moment < plain.moments; moment += 5) {
    const fresh = await house();
    // Whichever part is asked for, from where it says that it goes on.
    const { world: cut } = played(fresh.primary, []);
    const ask = async (_: string, input: unknown) =>
      (input as HydrateRequest).after ? part : { ...part, next };
    const again = execution(
      request(fresh.primary, asked),
      { ...cut, invoke: { ...cut.invoke, ask } },
      { clock: fresh.clock, crash: crashAt(moment) },
    );
    expect((await again.finish()).back.hydration, `moment ${moment}`).toMatchObject({ parts: 2 });
    expect(fresh.databases("eu-west-1"), `moment ${moment}`).toEqual(names);
    expect(await fresh.primary.databases.scratch(), `moment ${moment}`).toEqual([]);
  }
});

const plan = (world: World, more: Partial<RestoreRequest>) =>
  planRestore(request(world, { hydrate: true, ...more }), world);

test("without a network to read it from it is refused before anything is done, with what to declare", async () => {
  const { primary, recovery } = await house({ restores: { hydrate: { primary: subnets } } });
  await expect(plan(primary, asked)).resolves.toMatchObject({ database: { hydration: {} } });
  await expect(plan(recovery, {})).rejects.toMatchObject({
    code: "invalid",
    message: "there is no network declared from which a restored database is read whole in eu-central-1",
    fix: 'Write restores: { hydrate: { recovery: { subnetIds: ["subnet-…"], securityGroupIds: ["sg-…"] } } } in the environment file and deploy, or leave --hydrate out.',
  });
});

test("without a password that RDS keeps, the secret of the source is used, of its own region; without either it is refused", async () => {
  const bare = await house({ restores }, [orders]);
  await expect(plan(bare.primary, asked)).rejects.toMatchObject({
    message: "it is not known as whom to read orders-db: RDS does not keep its master password",
  });
  const named = await house({ restores }, [{ ...orders, hydrate: { secretArn: reader } } as typeof orders]);
  expect((await plan(named.primary, asked)).database?.hydration).toEqual({ secretArn: reader });
  const there = reader.replace("eu-west-1", "eu-central-1");
  expect((await plan(named.recovery, {})).database?.hydration).toEqual({ secretArn: there });
  // Under a free name nobody waits for it: it is made under that name at once.
  expect((await plan(named.primary, { as: "elsewhere" })).database).toMatchObject({
    made: { id: "elsewhere" },
  });
  await expect(plan(at.primary, { as: "elsewhere" })).rejects.toMatchObject({
    message:
      'the password that RDS keeps of "elsewhere" may not be read: only those of databases named after a source may',
  });
});

test("an Aurora cluster needs none, and is told why; what is no database is refused", async () => {
  const aurora = await house({ restores }, [ledger]);
  const member = { DBClusterIdentifier: "ledger", Engine: "postgres", DBInstanceIdentifier: "ledger-one" };
  await aurora.call("eu-west-1", "CreateDBInstance", member);
  await aurora.pass(2);
  const { fact, database } = await plan(aurora.recovery, { source: "ledger" });
  expect(database?.hydration).toBeUndefined();
  expect(fact.notes.join(" ")).toContain(
    "Aurora has all of its data in the cluster's volume before it is available",
  );
});
