import { alert } from "../../functions/alert/alert.ts";
import { parseFindingKey } from "../../functions/catalog/keys.ts";
import type { Environment } from "../../functions/core/environment.ts";
import type { Severity } from "../../functions/core/finding.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { kmsService } from "../../local/services/kms.ts";
import { s3Service } from "../../local/services/s3.ts";
import { AwsError, type Call, Twin } from "../../local/twin.ts";
import { putUpVaults, type TestWorld, worldIn } from "../worlds.ts";
import type { Random } from "./random.ts";

/** How a region is: `slow` answers the other one too late, `stale` what it was when that began. */
export type Health = "well" | "dead" | "slow" | "stale";

/** One run of the function that tells. */
export type Pass = {
  region: string;
  startedMs: number;
  /** Something went wrong in it. */
  hurt: boolean;
  dead: boolean;
  /** The step of each episode that it has claimed. */
  claims: Map<string, string>;
};

/** A message that a channel took. */
export type Sent = {
  region: string;
  severity: Severity;
  text: string;
  subject: string;
  atMs: number;
  pass: Pass;
};

/** A region with its clock and what ails it. */
export type Region = {
  name: string;
  skewMs: number;
  health: Health;
  staleSinceMs: number;
  snsFails: boolean;
  /** When a call last went wrong here. */
  faultMs: number;
  /** When this region, or its channels, last ailed. */
  ailedMs: number;
  /** What tasks, people and reconcilers do here. */
  world: TestWorld;
  /** By the passes that run here, two at most at once. */
  passes: Map<string, { world: TestWorld; pass: Pass | undefined }>;
};

/** When each fact about findings came into a vault: by region, then by `<id>/<since>/<name>`. */
export type Stored = Map<string, Map<string, number>>;

/** Two regions with vaults and topics, in which calls go wrong as the history wants. */
export class Town {
  readonly clock = new VirtualClock();
  readonly twin = new Twin({ clock: this.clock });
  readonly sent: Sent[] = [];
  readonly stored: Stored = new Map();
  readonly regions: Region[] = [];
  readonly environment: Environment;
  readonly #random: Random;
  readonly #say: (line: string) => void;
  /** The share of calls that go wrong. */
  faults = 0;

  private constructor(environment: Environment, random: Random, say: (line: string) => void) {
    this.environment = environment;
    this.#random = random;
    this.#say = say;
  }

  static async build(environment: Environment, random: Random, say: (line: string) => void): Promise<Town> {
    const town = new Town(environment, random, say);
    const { twin } = town;
    for (const service of [kmsService(twin), s3Service(twin, memoryBlobs())]) twin.register(service);
    twin.register({ name: "sns", operations: { Publish: (input, call) => town.#publish(input, call) } });
    await putUpVaults(twin, environment);
    for (const name of [environment.primaryRegion, environment.recoveryRegion]) {
      town.stored.set(name, new Map());
      // Clocks are apart by minutes, in one history of three.
      const skewMs = random.chance(0.33) ? (random.below(360) - 180) * 1_000 : 0;
      const worldOf = (principal: string) => ({
        ...worldIn(twin, environment, name, principal),
        now: () => new Date(town.clock.now() + skewMs),
      });
      const passes = new Map(
        ["a", "b"].map((one) => [`${name} ${one}`, { world: worldOf(`${name} ${one}`), pass: undefined }]),
      );
      const world = worldOf(`${name} tasks`);
      const ailments = { health: "well", staleSinceMs: 0, snsFails: false, faultMs: 0, ailedMs: 0 } as const;
      town.regions.push({ name, skewMs, ...ailments, world, passes });
    }
    twin.interceptors.push((call, proceed) => town.#intercept(call, proceed));
    return town;
  }

  region(name: string): Region {
    return this.regions.find((one) => one.name === name) as Region;
  }

  other(region: Region): Region {
    return this.regions.find((one) => one !== region) as Region;
  }

  /** One run of the function in a region, or two at once. Gives what a run threw that no function of ours may throw. */
  async tell(region: Region, times: number): Promise<unknown[]> {
    if (region.health === "dead") return [];
    const wrong: unknown[] = [];
    const runs = [...region.passes.values()].slice(0, times).map(async (runner, index) => {
      // The second begins somewhere in the midst of the first.
      for (let turns = index * this.#random.below(150); turns > 0; turns--) await Promise.resolve();
      const startedMs = this.clock.now();
      const pass: Pass = { region: region.name, startedMs, hurt: false, dead: false, claims: new Map() };
      runner.pass = pass;
      // It is impatient with the other region's vault alone, for which it asks second.
      const patient = this.other(region).health === "slow" ? [60_000, 4] : [];
      await alert(runner.world, { remainingMs: () => patient.shift() ?? 60_000 }).catch((thrown: unknown) => {
        if (!pass.hurt && !region.snsFails) wrong.push(thrown);
      });
      runner.pass = undefined;
    });
    await Promise.all(runs);
    return wrong;
  }

  /** What a region's reconciler does every five minutes. */
  async mirror(region: Region): Promise<void> {
    if (this.regions.some(({ health }) => health === "dead" || health === "slow")) return;
    const { catalog, otherCatalog } = region.world;
    try {
      const here = new Set<string>();
      for await (const { key } of catalog.list("catalog/")) here.add(key);
      for await (const { key } of otherCatalog.list("catalog/"))
        if (!here.has(key)) await catalog.mirror(otherCatalog, key);
    } catch {
      this.#say(`mirroring into ${region.name} broke off`);
    }
  }

  async #intercept(call: Call, proceed: () => Promise<unknown>): Promise<unknown> {
    const home = this.regions.find(({ name }) => call.principal.startsWith(name));
    if (!home) return proceed();
    const pass = home.passes.get(call.principal)?.pass;
    if (pass?.dead) throw new Error("this pass is dead");
    for (let turns = this.#random.below(4); turns > 0; turns--) await Promise.resolve();
    const there = this.region(call.region);
    if (there.health === "dead") {
      if (pass) pass.hurt = true;
      throw new AwsError("ServiceUnavailable", `${there.name} is away`, 503);
    }
    if (there !== home && there.health === "slow") {
      if (pass) pass.hurt = true;
      return new Promise(() => undefined);
    }
    if (there.snsFails && call.operation === "Publish") throw new AwsError("InternalError", "try again", 500);
    if (!pass || !this.#random.chance(this.faults)) return this.#keep(call, there, home, await proceed());
    return this.#goWrong(call, there, home, pass, proceed);
  }

  async #goWrong(call: Call, there: Region, home: Region, pass: Pass, proceed: () => Promise<unknown>) {
    pass.hurt = true;
    home.faultMs = this.clock.now();
    const what = this.#random.pick(["throttled", "unheard", "dies before", "dies after"]);
    this.#say(`${call.principal} ${what} at ${call.operation} ${call.input.Key ?? ""}`);
    if (what === "dies before" || what === "dies after") pass.dead = true;
    if (what === "unheard" || what === "dies after") this.#keep(call, there, home, await proceed());
    if (what === "throttled") throw new AwsError("SlowDown", "Please reduce your request rate.", 503);
    throw new AwsError("InternalError", "nobody heard what came of it", 500);
  }

  /** Notes what a call has put into a vault, and makes old what a stale region answers. */
  #keep({ operation, principal, input }: Call, there: Region, home: Region, answer: unknown): unknown {
    const fact = parseFindingKey(String(input.Key ?? ""));
    if (fact && (operation === "PutObject" || operation === "CopyObject")) {
      const name = `${fact.id}/${fact.since}`;
      this.stored.get(there.name)?.set(`${name}/${fact.name}`, this.clock.now());
      const step = /^telling-.*?-(opened|ended|escalated-\d+)-\d+$/.exec(fact.name)?.[1];
      if (step) home.passes.get(principal)?.pass?.claims.set(name, step);
    }
    if (operation !== "ListObjectsV2" || there === home || there.health !== "stale") return answer;
    const page = answer as { Contents?: { LastModified: Date }[] };
    const old = (page.Contents ?? []).filter(
      ({ LastModified }) => LastModified.getTime() <= there.staleSinceMs,
    );
    return { ...page, Contents: old };
  }

  #publish(input: Record<string, unknown>, call: Call) {
    const home = this.region(call.region);
    const pass = home.passes.get(call.principal)?.pass as Pass;
    const { email } = JSON.parse(String(input.Message)) as { email: string };
    const severity = String(input.TopicArn).endsWith("-page") ? "page" : "notify";
    const message = { region: call.region, severity, subject: String(input.Subject), text: email } as const;
    this.sent.push({ ...message, atMs: this.clock.now(), pass });
    return { MessageId: String(this.sent.length) };
  }
}
