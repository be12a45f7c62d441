import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { type Clients, clientsOf } from "./clients.ts";
import { Differs } from "./expect.ts";

/** What AWS documents and our code relies on, said of one call or a few. */
export type Case = {
  /** In plain English, and unique: the table of known differences goes by it. */
  name: string;
  /**
   * What AWS needs for it and an emulator gives away: `database` makes RDS instances and clusters (a quarter of an
   * hour, some cents), `role` needs an IAM role that Scheduler may assume.
   */
  needs?: "database" | "role";
  run(place: Place): Promise<void>;
};

/** Against what the suite runs. */
export type Aim = {
  /** Absent: AWS itself. */
  endpoint?: string;
  region: string;
  otherRegion: string;
  /** How long a case waits for what AWS promises only for later. */
  patienceSeconds: number;
  /** A role that EventBridge Scheduler may assume to send to SQS. */
  roleArn?: string;
};

type Removal = { what: string; remove: () => Promise<unknown> };

/** What all cases of a run share: clients, and databases, which AWS takes minutes to make. */
export class Bench {
  readonly aim: Aim;
  readonly here: Clients;
  readonly there: Clients;
  readonly #shared = new Map<string, Promise<unknown>>();
  readonly #removals: Removal[] = [];

  constructor(aim: Aim) {
    this.aim = aim;
    this.here = clientsOf(aim.region, aim.endpoint);
    this.there = clientsOf(aim.otherRegion, aim.endpoint);
  }

  /** Makes something at its first use; later uses get the same. It is removed by `close`. */
  once<T>(what: string, make: (place: Place) => Promise<T>): Promise<T> {
    const made = this.#shared.get(what) ?? make(new Place(this, this.#removals));
    this.#shared.set(what, made);
    return made as Promise<T>;
  }

  /** Runs one case and removes what it made. Throws what made it fail, else what could not be removed. */
  async run({ run }: Case): Promise<void> {
    const removals: Removal[] = [];
    try {
      await run(new Place(this, removals));
    } catch (thrown) {
      await removeAll(removals).catch(() => undefined);
      throw thrown;
    }
    await removeAll(removals);
  }

  /** Removes what the cases shared. */
  async close(): Promise<void> {
    await removeAll(this.#removals);
    for (const { region: _, ...clients } of [this.here, this.there])
      for (const client of Object.values(clients)) client.destroy();
  }
}

/** What one case works with. */
export class Place {
  readonly bench: Bench;
  readonly here: Clients;
  /** The same in another region. */
  readonly there: Clients;
  readonly #removals: Removal[];

  constructor(bench: Bench, removals: Removal[]) {
    this.bench = bench;
    this.here = bench.here;
    this.there = bench.there;
    this.#removals = removals;
  }

  /** A name that nothing else has; it fits every service. */
  name(what: string): string {
    return `holdfast-conformance-${what}-${randomBytes(5).toString("hex")}`;
  }

  /** Says how to remove what was just made; the last made is removed first. */
  afterwards(what: string, remove: () => Promise<unknown>): void {
    this.#removals.push({ what, remove });
  }

  /** The number of the account that is called. */
  account(): Promise<string> {
    return this.bench.once("account", async () => {
      const { Account } = await this.here.sts.send(new GetCallerIdentityCommand({}));
      return Account ?? "";
    });
  }

  /** Asks again and again until there is something, and gives that. */
  async until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const { patienceSeconds, endpoint } = this.bench.aim;
    const end = Date.now() + patienceSeconds * 1_000;
    for (;;) {
      const found = await ask();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Differs(`${what} did not come about within ${patienceSeconds} s`);
      await wait(endpoint ? 100 : 5_000);
    }
  }
}

async function removeAll(removals: Removal[]): Promise<void> {
  const left: string[] = [];
  for (const { what, remove } of removals.reverse()) {
    await remove().catch((thrown: unknown) =>
      left.push(`${what} (${thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : thrown})`),
    );
  }
  if (left.length > 0) throw new Differs(`could not be removed: ${left.join("; ")}`);
}
