import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Clock, realClock } from "./clock.ts";
import { Archive } from "./database-archive.ts";
import { freePort, isFree, type Login, Postgres, type Running, type Server } from "./postgres.ts";
import type { Backups, Database, Endpoint, Snapshot, Storage } from "./services/rds-state.ts";

type How = { clock?: Clock; volatile?: boolean };

/** Real PostgreSQL behind the stand-in's RDS: a database is a server, a snapshot a physical copy of its data. */
export class Databases implements Storage {
  readonly #folder: string;
  readonly #postgres: Postgres;
  readonly #clock: Clock;
  readonly #volatile: boolean;
  /** Through it the stand-in itself connects, whatever the passwords are. */
  readonly #socket: string;
  readonly #servers = new Map<string, Server>();
  /** One thing at a time with each database and each snapshot: a restore reads what a deletion removes. */
  readonly #queues = new Map<string, Promise<unknown>>();
  #closed = false;

  private constructor(folder: string, postgres: Postgres, socket: string, how: Required<How>) {
    this.#folder = folder;
    this.#postgres = postgres;
    this.#clock = how.clock;
    this.#volatile = how.volatile;
    this.#socket = socket;
  }

  /**
   * `folder`: where the data is, across restarts. `clock`: what the instants of restores are told by. `volatile`: the
   * data need not survive a power cut, as in a test.
   */
  static async open(folder: string, how: How = {}): Promise<Databases> {
    const postgres = await Postgres.find();
    const reachable = await postgres.reachable(folder);
    // The path of a socket may have about a hundred characters.
    const short = createHash("sha256").update(reachable).digest("hex").slice(0, 12);
    const socket = join(tmpdir(), `holdfast-${short}-s`);
    await postgres.openSocket(socket);
    return new Databases(reachable, postgres, socket, { clock: realClock, volatile: false, ...how });
  }

  create(database: Database, password: string): Promise<void> {
    const data = this.#dataOf(database);
    return this.#alone([data], async () => {
      await this.#postgres.empty(data);
      await this.#postgres.create(data, { user: userOf(database), password });
    });
  }

  restore(from: Snapshot, database: Database): Promise<void> {
    return this.#duplicate(this.#copyOf(from), this.#dataOf(database));
  }

  async recover(from: Backups, database: Database, toMs: number | undefined): Promise<void> {
    const data = this.#dataOf(database);
    const archive = this.#archiveOf(from);
    await this.#alone([data, archive.folder], async () => {
      const { base, wallMs } = await archive.baseFor(toMs);
      await this.#postgres.duplicate(base, data);
      // Replayed here and stopped again, so that what is opened later is a database like any other.
      const recovery = { archive: archive.wal, toMs: wallMs };
      // A restore that a power cut interrupts is begun again, so that nothing need be flushed on the way.
      const alone = { socket: this.#socket, socketOnly: true, recovery, volatile: true };
      const server = await this.#postgres.start(data, await freePort(), alone);
      await server.stop();
    });
  }

  open(database: Database, wanted: number | undefined): Promise<Endpoint> {
    const data = this.#dataOf(database);
    return this.#alone([data], async () => {
      const running = this.#servers.get(data);
      if (running) return { address: "127.0.0.1", port: running.port };
      await this.#postgres.endOrphan(data);
      const port = wanted !== undefined && (await isFree(wanted)) ? wanted : await freePort();
      const archive = this.#archiveOf(database).wal;
      const how = { socket: this.#socket, archive, volatile: this.#volatile };
      this.#servers.set(data, await this.#postgres.start(data, port, how));
      return { address: "127.0.0.1", port };
    });
  }

  close(database: Database): Promise<void> {
    const data = this.#dataOf(database);
    return this.#alone([data], async () => {
      await this.#servers.get(data)?.stop();
      this.#servers.delete(data);
    });
  }

  setPassword(database: Database, password: string): Promise<void> {
    const data = this.#dataOf(database);
    const user = userOf(database);
    return this.#alone([data], () =>
      this.#administer(database, async (client) => {
        const statement = `ALTER ROLE ${client.escapeIdentifier(user)} PASSWORD ${client.escapeLiteral(password)}`;
        await client.query(statement);
      }),
    );
  }

  snapshot(database: Database, snapshot: Snapshot): Promise<void> {
    const [data, copy] = [this.#dataOf(database), this.#copyOf(snapshot)];
    return this.#alone([data, copy], () => this.#copyData(database, copy));
  }

  copy(from: Snapshot, to: Snapshot): Promise<void> {
    return this.#duplicate(this.#copyOf(from), this.#copyOf(to));
  }

  keep(database: Database, backups: Backups): Promise<number> {
    const archive = this.#archiveOf(backups);
    return this.#alone([this.#dataOf(database), archive.folder], async () => {
      if (!existsSync(archive.wal)) {
        await this.#postgres.empty(archive.folder);
        await this.#postgres.empty(archive.wal);
      }
      return archive.newBase((folder) => this.#copyData(database, folder));
    });
  }

  seal(database: Database, backups: Backups): Promise<number | undefined> {
    const [data, archive] = [this.#dataOf(database), this.#archiveOf(backups)];
    return this.#alone([data, archive.folder], async () => {
      if (this.#closed) return undefined;
      // Without a server nothing is written: what is secured is all there is, at any later instant too.
      if (!this.#servers.has(data)) return this.#clock.now();
      const untilMs = await this.#administer(database, (client) => archive.seal(client));
      if (await archive.needsBase()) {
        await archive.newBase((folder) => this.#copyData(database, folder));
        await archive.forget(backups.retentionDays);
      }
      return untilMs;
    });
  }

  replicate(from: Backups, to: Backups): Promise<void> {
    const [source, target] = [this.#archiveOf(from), this.#archiveOf(to)];
    return this.#alone([source.folder, target.folder], () => target.takeFrom(source));
  }

  async remove(what: Database | Snapshot | Backups): Promise<void> {
    if ("retentionDays" in what) {
      const { folder } = this.#archiveOf(what);
      return this.#alone([folder], () => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    }
    if (!("of" in what)) await this.close(what);
    const folder = "of" in what ? this.#copyOf(what) : this.#dataOf(what);
    return this.#alone([folder], () => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  }

  /** Stops every server, after what is being done with it. */
  async closeAll(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#queues.values());
    await Promise.all([...this.#servers.values()].map((server) => server.stop()));
    await rm(this.#socket, { recursive: true, force: true });
  }

  /** Work as the administrator, with the running server or one that nobody else can reach. */
  async #administer<T>(database: Database, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const data = this.#dataOf(database);
    const running = this.#servers.get(data);
    const server = running ?? (await this.#postgres.start(data, await freePort(), this.#aside(database)));
    const client = new pg.Client({ ...this.#login(database, server.port), database: "postgres" });
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end();
      if (!running) await server.stop();
    }
  }

  #aside(database: Database): Running {
    const archive = this.#archiveOf(database).wal;
    return { socket: this.#socket, socketOnly: true, archive, volatile: this.#volatile };
  }

  #login(database: Database, port: number): Login {
    return { host: this.#socket, port, user: userOf(database) };
  }

  /** A consistent copy of a database's data, whether its server runs or not. */
  async #copyData(database: Database, to: string): Promise<void> {
    const data = this.#dataOf(database);
    const running = this.#servers.get(data);
    if (running) await this.#postgres.backup(this.#login(database, running.port), data, to);
    else await this.#postgres.duplicate(data, to);
  }

  #duplicate(from: string, to: string): Promise<void> {
    return this.#alone([from, to], () => this.#postgres.duplicate(from, to));
  }

  #alone<T>(folders: string[], work: () => Promise<T>): Promise<T> {
    const before = Promise.allSettled(folders.map((folder) => this.#queues.get(folder)));
    const running = before.then(work);
    for (const folder of folders) this.#queues.set(folder, running);
    const leave = () => {
      for (const folder of folders) if (this.#queues.get(folder) === running) this.#queues.delete(folder);
    };
    running.then(leave, leave);
    return running;
  }

  #dataOf({ region, kind, resourceId }: Database): string {
    return join(this.#folder, region, `${kind}s`, resourceId);
  }

  #copyOf({ region, kind, id }: Snapshot): string {
    return join(this.#folder, region, kind === "instance" ? "snapshots" : "cluster-snapshots", id);
  }

  #archiveOf({ region, resourceId }: Pick<Backups, "region" | "resourceId">): Archive {
    return new Archive(join(this.#folder, region, "backups", resourceId), this.#postgres, this.#clock);
  }
}

function userOf({ masterUsername }: Database): string {
  return masterUsername ?? "postgres";
}
