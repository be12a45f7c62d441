import { acknowledge } from "../../functions/alert/acknowledge.ts";
import type { Alerts, Environment } from "../../functions/core/environment.ts";
import {
  type Finding,
  type FindingKind,
  findingId,
  findingSeverities,
} from "../../functions/core/finding.ts";
import { environmentOf } from "../core/situation.ts";
import { type Random, seeded, turnOfTheLoop } from "./random.ts";
import type { Outcome } from "./reconciliation.ts";
import { TellingOracle, type Truth } from "./telling-oracle.ts";
import { Town } from "./telling-town.ts";

const minuteMs = 60_000;
const kinds = Object.keys(findingSeverities) as FindingKind[];

/**
 * One random history of what is found, and of telling people about it in two regions: findings open and end, by ones and in
 * storms; people acknowledge; clocks are apart, a region dies, answers too late or what is long past, channels fail, calls
 * are throttled, heard of by nobody, or are the last that a pass makes. Then there is peace. Every message that goes out is
 * held to what its sender could know, and every one that is due to its bound.
 */
export async function simulateTelling(seed: number, healthy = false): Promise<Outcome> {
  const random = seeded(seed);
  const outcome: Outcome = { seed, broken: [], history: [] };
  const say = (line: string) => outcome.history.push(`${new Date(town.clock.now()).toISOString()} ${line}`);
  const environment = environmentFor(random);
  const town: Town = await Town.build(environment, random, (line) => say(line));
  const truths: Truth[] = [];
  const oracle = new TellingOracle(town, truths, (line) => {
    say(`BROKEN: ${line}`);
    outcome.broken.push(line);
  });
  for (const { name, skewMs } of town.regions)
    if (skewMs) say(`the clock of ${name} is off by ${skewMs / 1_000} s`);

  const minutes = 50 + random.below(60);
  const trouble = { from: random.below(25), to: 30 + random.below(20) };
  const ails = healthy ? undefined : random.pick(["nothing", "dead", "slow", "stale", "sns", "sns"] as const);
  const ailing = town.region(random.chance(0.7) ? environment.primaryRegion : environment.recoveryRegion);
  for (let minute = 0; minute < minutes; minute++) {
    if (minute === trouble.from && !healthy) begin();
    if (minute === trouble.to) end();
    if (random.chance(0.15)) await happen();
    await pass(minute);
    if (outcome.broken.length > 0) break;
  }
  end();
  say("peace");
  for (let minute = 0; minute < 40 && outcome.broken.length === 0; minute++) await pass(minute);
  if (outcome.broken.length === 0) oracle.checkInTheEnd();
  await turnOfTheLoop();
  return outcome;

  function begin(): void {
    town.faults = random.chance(0.5) ? 0.03 : 0;
    if (ails === "sns") ailing.snsFails = true;
    else if (ails && ails !== "nothing") ailing.health = ails;
    ailing.staleSinceMs = town.clock.now();
    say(`${ailing.name}: ${ails}; ${town.faults} of the calls go wrong`);
  }

  function end(): void {
    town.faults = 0;
    Object.assign(ailing, { health: "well", snsFails: false });
  }

  /** A minute: what else happens, each region's pass, and every five minutes their mirroring. */
  async function pass(minute: number): Promise<void> {
    for (const region of town.regions) {
      oracle.noteTrouble();
      if (minute % 5 === (region === town.regions[0] ? 1 : 3)) await town.mirror(region);
      const wrong = await town.tell(region, random.chance(0.2) ? 2 : 1);
      for (const thrown of wrong) outcome.broken.push(`a pass in ${region.name} threw ${thrown}`);
      town.clock.advance(minuteMs / 2);
      oracle.checkNow();
    }
  }

  async function happen(): Promise<void> {
    const open = truths.filter(({ ended }) => !ended);
    const what = random.pick(["open", "open", "storm", "end", "end", "acknowledge"]);
    if (what === "open") await openSome(1);
    else if (what === "storm") await openSome(healthy ? 1 : 4 + random.below(5));
    else if (what === "end" && open.length > 0) await endOne(random.pick(open));
    else if (what === "acknowledge") await acknowledgeSome();
  }

  async function openSome(count: number): Promise<void> {
    const kind = random.pick(kinds);
    // Who finds it is mostly the region that it is about; of a silent one the other.
    const about = random.pick(town.regions);
    const finder = random.chance(0.75) ? about : town.other(about);
    if (finder.health === "dead") return;
    for (let i = 0; i < count; i++) {
      const number = truths.length + 1;
      const at = finder.world.now().toISOString();
      const finding: Finding = {
        ...{ kind, source: "orders", detail: `n${number}`, since: `${at.slice(0, 19)}Z`, region: about.name },
        message: `It is wrong (#${number}#).`,
        fix: "Mend it.",
      };
      truths.push({ number, finding, ended: false });
      await finder.world.catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding });
      say(`${finder.name} finds #${number}# ${kind} about ${about.name}`);
    }
  }

  /** Only the region that a finding is about ends it. */
  async function endOne(truth: Truth): Promise<void> {
    const { finding, number } = truth;
    const { world, health } = town.region(finding.region);
    if (health === "dead") return;
    const at = world.now().toISOString();
    await world.catalog.recordFinding("ended", {
      schema: 1,
      at,
      fact: "ended",
      finding,
      reason: "Right again.",
    });
    truth.ended = true;
    say(`${finding.region} finds that #${number}# is over`);
  }

  /** Somebody acknowledges what a message told, by its code, or a finding by its name; in either region. */
  async function acknowledgeSome(): Promise<void> {
    const region = random.pick(town.regions);
    if (region.health === "dead") return;
    const message = town.sent.length > 0 ? random.pick(town.sent) : undefined;
    const [, code] = /alerts ack ([0-9A-Z-]{14}) /.exec(message?.text ?? "") ?? [];
    const truth = truths.length > 0 ? random.pick(truths) : undefined;
    const what =
      code && random.chance(0.6)
        ? { code }
        : truth && { findingId: findingId(truth.finding), since: truth.finding.since };
    if (!what || town.other(region).health === "slow") return;
    const done = await acknowledge(what, "somebody", region.world).catch(() => []);
    say(`somebody acknowledges in ${region.name}: ${done.map(({ finding }) => finding?.message)}`);
  }
}

/** Channels, times to acknowledge short enough for an hour, and sometimes quiet hours. */
function environmentFor(random: Random): Environment {
  const alerts: Alerts = {
    page: [{ kind: "email", address: "oncall@acme.example" }],
    notify: [{ kind: "email", address: "ops@acme.example" }],
    acknowledgeSeconds: { P1: 300, P2: 600, P3: 900 },
    ...(random.chance(0.3)
      ? { quietHours: { from: "00:20", to: "01:00", timeZone: random.pick(["UTC", "Europe/Berlin"]) } }
      : {}),
  };
  return { ...environmentOf(), alerts };
}
