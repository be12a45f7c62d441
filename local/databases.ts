import { rm } from "node:fs/promises";
import { join } from "node:path";
import { freePort, type Login, Postgres, type Server } from "./postgres.ts";
import type { Database, Snapshot, Storage } from "./services/rds-state.ts";

/** Real PostgreSQL behind the stand-in's RDS: an instance is a server, a snapshot a physical copy of its data. */
export class Databases implements Storage {
  readonly #folder: string;
  readonly #postgres: Postgres;
  readonly #servers = new Map<string, { server: Server; login: Login }>();

  private constructor(folder: string, postgres: Postgres) {
    this.#folder = folder;
    this.#postgres = postgres;
  }

  /** `folder`: where the data is, across restarts. */
  static async open(folder: string): Promise<Databases> {
    const postgres = await Postgres.find();
    return new Databases(await postgres.reachable(folder), postgres);
  }

  async create(database: Database, password: string): Promise<{ address: string; port: number }> {
    await this.#postgres.create(this.#dataOf(database), { user: userOf(database), password });
    return this.start(database, password, await freePort());
  }

  /** Starts an instance's server again, with its data, after a restart of the stand-in. */
  async start(
    database: Database,
    password: string,
    port: number,
  ): Promise<{ address: string; port: number }> {
    const server = await this.#postgres.start(this.#dataOf(database), port);
    this.#servers.set(keyOf(database), { server, login: { port, user: userOf(database), password } });
    return { address: "127.0.0.1", port };
  }

  async snapshot(database: Database, snapshot: Snapshot): Promise<void> {
    const running = this.#servers.get(keyOf(database));
    if (!running) throw new Error(`${database.id} is not running`);
    await this.#postgres.backup(running.login, this.#dataOf(database), this.#copyOf(snapshot));
  }

  copy(from: Snapshot, to: Snapshot): Promise<void> {
    return this.#postgres.duplicate(this.#copyOf(from), this.#copyOf(to));
  }

  async remove(what: Database | Snapshot): Promise<void> {
    if (!("of" in what)) {
      await this.#servers.get(keyOf(what))?.server.stop();
      this.#servers.delete(keyOf(what));
    }
    await rm("of" in what ? this.#copyOf(what) : this.#dataOf(what), { recursive: true, force: true });
  }

  /** Stops every server. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(({ server }) => server.stop()));
  }

  #dataOf(database: Database): string {
    return join(this.#folder, database.region, "instances", database.id);
  }

  #copyOf(snapshot: Snapshot): string {
    return join(this.#folder, snapshot.region, "snapshots", snapshot.id);
  }
}

function keyOf({ region, id }: Database): string {
  return `${region}/${id}`;
}

function userOf({ masterUsername }: Database): string {
  return masterUsername ?? "postgres";
}
