import { AsyncLocalStorage } from "node:async_hooks";
import { asProblem } from "../../functions/core/problem.ts";
import { slotOf } from "../../functions/core/slot.ts";
import type { Source } from "../../functions/core/source.ts";
import { expire } from "../../functions/expire/expire.ts";
import { AwsError, type Call } from "../../local/twin.ts";
import { hourly } from "../core/situation.ts";
import { leftUndone } from "./expiry-aftermath.ts";
import { checkInTheEnd } from "./expiry-end.ts";
import { House, primaryRegion, recoveryRegion, regions } from "./expiry-house.ts";
import { isReader } from "./expiry-ledger.ts";
import { anyTime, betweenPasses, retentionOf } from "./expiry-meddling.ts";
import { beginPass, type Pass } from "./expiry-pass.ts";
import { Promises } from "./expiry-promises.ts";
import { type Random, seeded, turnOfTheLoop } from "./random.ts";
import { Crash, type Outcome } from "./reconciliation.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** As long as Lambda lets a pass run. */
const timeoutMs = 15 * minuteMs;

/**
 * One random history of expiry: points of years, then days of trouble in which people, other functions and AWS do what
 * they do, also between any two calls of a pass, while passes run alone or at once, with clocks that are wrong, crash,
 * and meet regions that are away; then peace. Every call of a pass is held to the promises of retention, and in the end
 * just what the plans demand is left, in each region.
 */
export async function simulateExpiry(seed: number): Promise<Outcome> {
  const random = seeded(seed);
  const outcome: Outcome = { seed, broken: [], history: [] };
  const house = await House.build(sourcesOf(random));
  const { clock, twin, ledger } = house;
  const promises = new Promises(house, outcome.broken);
  const say = (line: string) => outcome.history.push(`${new Date(clock.now()).toISOString()} ${line}`);
  const passes = new AsyncLocalStorage<Pass>();
  /** Doings are of one piece: what a pass sees of one it sees whole. */
  let doing: Promise<void> | undefined;
  let trouble = true;
  let begun = 0;
  let others: Promise<void>[] = [];
  /** Whether a whole pass goes on between two calls of another one. */
  let cutIn = false;

  twin.interceptors.push((call, proceed) => {
    const pass = passes.getStore();
    if (!pass) return proceed();
    const answering = answer(pass, call, proceed);
    pass.underWay.push(answering.catch(() => {}));
    return answering;
  });

  await seedPoints(house, random);
  const days = 4 + random.below(6);
  for (let step = 0; step < days; step++) {
    clock.advance(random.pick([20, 40, 61, 61, 61, 90, 121, 300, 1_500]) * minuteMs);
    if (random.chance(0.15)) {
      house.away = random.pick(regions);
      say(`${house.away} is away`);
    } else if (house.away && random.chance(0.7)) house.away = undefined;
    for (let count = random.below(4); count > 0; count--) await happen(betweenPasses);
    const where = random.chance(0.8) ? regions : [random.pick(regions)];
    const twice = random.chance(0.25) ? [random.pick(regions)] : [];
    if (random.chance(0.4)) await Promise.all([...where, ...twice].map(pass));
    else for (const region of [...where, ...twice]) await pass(region);
    await Promise.all(others);
    others = [];
  }
  await peace();
  await turnOfTheLoop();
  return outcome;

  async function answer(pass: Pass, call: Call, proceed: () => Promise<unknown>): Promise<unknown> {
    for (let turns = random.below(4); trouble && turns > 0; turns--) await Promise.resolve();
    if (trouble) await meanwhile(pass, call);
    while (doing) await doing;
    if (clock.now() - pass.startedMs > timeoutMs) pass.dead = true;
    if (pass.dead) throw new Crash();
    pass.calls += 1;
    if (call.region === house.away) return fails(pass, new AwsError("ServiceUnavailable", "away", 503));
    const crash = pass.calls === pass.crashAt || (trouble && isLast(call) && random.chance(0.03));
    if (crash && random.chance(0.5)) return crashes(pass, call, "before");
    if (trouble && random.chance(0.01)) return fails(pass, new AwsError("SlowDown", "slower", 503));
    ledger.seq += 1;
    promises.before(pass, call);
    const answered = await proceed().catch((thrown) => {
      // That something is not there, or is there already, is an answer too.
      if (!(thrown instanceof AwsError) || ![404, 412].includes(thrown.httpStatus)) pass.hindered = true;
      throw thrown;
    });
    promises.after(pass, call, answered);
    if (crash) return crashes(pass, call, "after");
    if (trouble && random.chance(0.01))
      return fails(pass, new AwsError("InternalFailure", "it happened, and nobody heard of it", 500));
    return answered;
  }

  async function happen(doings: typeof anyTime): Promise<void> {
    while (doing) await doing;
    doing = passes.exit(() => random.pick(doings)({ house, random, say }));
    await doing.finally(() => {
      doing = undefined;
    });
  }

  /** What may come between any two calls; most of it between the last look at a point and its deletion. */
  async function meanwhile(of: Pass, call: Call): Promise<void> {
    if (random.chance(0.02)) await happen(anyTime);
    if (random.chance(0.01)) clock.advance(random.below(300) * 1_000);
    const other = random.chance(0.7) ? of.region : random.pick(regions);
    if (random.chance(0.003) && others.length === 0) others.push(passes.exit(() => pass(other)));
    if (!isLast(call) || cutIn || random.chance(0.9)) return;
    cutIn = true;
    for (let count = random.below(3); count > 0; count--) await happen(betweenPasses.slice(0, -2));
    await passes.exit(() => pass(of.region));
    cutIn = false;
  }

  function fails(pass: Pass, error: AwsError): never {
    pass.hindered = true;
    throw error;
  }

  function crashes(pass: Pass, { operation }: Call, when: string): never {
    pass.dead = true;
    say(`${pass.name} crashes ${when} ${operation}`);
    throw new Crash();
  }

  async function pass(region: string): Promise<void> {
    const skewMs = trouble ? random.pick([0, 0, 0, 0, 0, -30_000, 30_000, -2 * hourMs, 20 * minuteMs]) : 0;
    const own = beginPass(`pass ${++begun} in ${region}`, house, region, skewMs);
    if (trouble && random.chance(0.2)) own.crashAt = 1 + random.below(random.pick([8, 40]));
    const world = {
      ...house.world(region),
      environment: { ...house.environment, sources: [...own.sources] },
      now: () => new Date(clock.now() + skewMs),
    };
    say(`${own.name} begins${skewMs ? `, its clock wrong by ${skewMs / 1_000} s` : ""}`);
    const remainingMs = () => timeoutMs - (clock.now() - own.startedMs);
    try {
      await passes.run(own, () => expire(world, { remainingMs }));
      if (own.hindered || own.dead) return;
      for (const what of leftUndone(house, own, { calm: !trouble }))
        outcome.broken.push(`${own.name}: ${what}`);
    } catch (thrown) {
      const problem = asProblem(thrown);
      own.hindered = true;
      const refused = own.refused && problem.code === "access-denied";
      if (!own.dead && !problem.retryable && !refused)
        outcome.broken.push(`${own.name} failed: ${problem.message}`);
    } finally {
      // The function is frozen: what it has begun to call ends, and it begins no more.
      own.dead = true;
      await Promise.all(own.underWay);
    }
  }

  /** Everything heals and passes go on until nothing changes any more; then it is judged. */
  async function peace(): Promise<void> {
    trouble = false;
    house.away = undefined;
    say("peace");
    for (const opened of ledger.findings) if (!opened.ended) await house.end(opened, primaryRegion);
    for (const entry of ledger.entries.values())
      for (const held of entry.holds)
        if (!held.released && !isReader(held)) await house.release(entry, held, recoveryRegion);
    for (const region of regions) house.deployed.set(region, house.deployed.get(primaryRegion) ?? []);
    await untilIdle(2);
    // What a pass whose clock was ahead deleted too early is explained by its mark once that is an hour old.
    clock.advance(2 * hourMs);
    await untilIdle(2);
    // Readers that were cut off lapse after a week, and every lock is over.
    clock.advance(8 * 24 * hourMs);
    if (!(await untilIdle(12))) outcome.broken.push("passes never come to rest");
    checkInTheEnd(house, outcome.broken);
  }

  /** Rounds of passes of both regions until one changes nothing; whether it came to that. */
  async function untilIdle(rounds: number): Promise<boolean> {
    for (let round = 0; round < rounds; round++) {
      const before = recorded();
      for (const region of regions) await pass(region);
      if (recorded() === before) return true;
      clock.advance(5 * hourMs);
    }
    return false;
  }

  /** How much passes have recorded and deleted so far. */
  function recorded(): number {
    let count = ledger.frozen.size;
    for (const { marks, takenBack, locked, expired, deleted } of ledger.entries.values())
      count += marks.length + takenBack.length + locked.length + expired.size + deleted.size;
    return count;
  }
}

/** Whether nothing but the deletion itself, or what S3 says of its lock, is still to come. */
function isLast({ operation }: Call): boolean {
  return /^Delete|^HeadObject$/.test(operation);
}

/** So that half of the sources are instances. */
const kinds = ["rds-instance", "rds-instance", "rds-cluster", "archives"] as const;

/** One source or two of any kind, whose names begin alike. */
function sourcesOf(random: Random): Source[] {
  return ["db0", "db0-1"].slice(0, random.chance(0.7) ? 1 : 2).map((name): Source => {
    const copies: "recovery"[] = random.chance(0.8) ? ["recovery"] : [];
    const plan = { ...hourly, keep: retentionOf(random), copies };
    const kind = random.pick(kinds);
    if (kind === "archives")
      return {
        name,
        kind,
        bucket: "dumps",
        prefix: "",
        arrivesSeconds: 86_400,
        plan: { ...plan, copies: ["recovery"] },
      };
    return kind === "rds-cluster"
      ? { name, kind, cluster: name, plan }
      : { name, kind, instance: name, plan };
  });
}

/** A past of up to some years, most of it recent: points that were taken, copied and verified, or not. */
async function seedPoints(house: House, random: Random): Promise<void> {
  const gaps = [20, 60, 60, 180, 700, 1_440, 1_500, 7_000, 10_080, 40_000, 300_000];
  for (const source of house.environment.sources) {
    let minutes = random.below(90);
    for (let count = 3 + random.below(7); count > 0; count--, minutes += random.pick(gaps)) {
      const slot = slotOf(new Date(house.clock.now() - minutes * minuteMs));
      const archive = source.kind === "archives";
      const digest = (count * 2_654_435_761) >>> 0;
      const point = archive ? `${slot}-${digest.toString(16).padStart(8, "0")}` : slot;
      const entry = await house.take(source, point, archive ? random.pick(["a", "b"]) : "");
      if (source.plan.copies.length > 0 && random.chance(0.85)) {
        const lockMs =
          archive && random.chance(0.2) ? house.clock.now() + random.below(5 * 24) * hourMs + 1 : 0;
        await house.copy(source, entry, lockMs);
      }
      for (const region of regions)
        if (house.exists(entry, region) && random.chance(0.4)) await house.verify(entry, region);
      if (random.chance(0.3)) house.clock.advance(1_000);
    }
  }
}
