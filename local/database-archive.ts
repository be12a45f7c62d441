import { existsSync } from "node:fs";
import { appendFile, copyFile, link, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import type { Clock } from "./clock.ts";
import type { Postgres } from "./postgres.ts";

const dayMs = 86_400_000;

/** An instant by the stand-in's clock, which may be virtual, and by PostgreSQL's, which never is. */
type Mark = { clockMs: number; wallMs: number };

/** The automated backups of one database in one region: physical copies, and all WAL since the oldest of them. */
export class Archive {
  readonly folder: string;
  /** Where the server puts its WAL as long as this folder is there. */
  readonly wal: string;
  readonly #marks: string;
  readonly #postgres: Postgres;
  readonly #clock: Clock;

  constructor(folder: string, postgres: Postgres, clock: Clock) {
    this.folder = folder;
    this.wal = join(folder, "wal");
    this.#marks = join(folder, "marks.jsonl");
    this.#postgres = postgres;
    this.#clock = clock;
  }

  /** Adds a physical copy, which `copy` makes; gives the instant from which on it can be restored. */
  async newBase(copy: (folder: string) => Promise<void>): Promise<number> {
    const part = join(this.folder, "base.part");
    await copy(part);
    const now = Date.now();
    await rename(part, join(this.folder, `base-${now}`));
    return this.mark(now);
  }

  /** Notes that everything up to an instant is secured; gives that instant by the stand-in's clock. */
  async mark(wallMs: number, clockMs = this.#clock.now()): Promise<number> {
    await appendFile(this.#marks, `${JSON.stringify({ clockMs, wallMs })}\n`);
    return clockMs;
  }

  /** Has the server hand over its current WAL segment, with a commit in it that is later than the mark. */
  async seal(client: pg.Client): Promise<number> {
    const [wallMs, clockMs] = [Date.now(), this.#clock.now()];
    // PostgreSQL stops a recovery at the first commit after the target, and fails if there is none.
    await client.query("SELECT pg_current_xact_id()");
    const { rows } = await client.query("SELECT pg_walfile_name(pg_switch_wal()) AS segment");
    const file = join(this.wal, `${(rows[0] as { segment: string }).segment}.gz`);
    for (let i = 0; !existsSync(file); i++) {
      if (i === 500) throw new Error(`PostgreSQL has not archived ${file} within 10 s`);
      await new Promise((after) => setTimeout(after, 20));
    }
    return this.mark(wallMs, clockMs);
  }

  /** The copy to begin a restore with, and PostgreSQL's own instant to stop at; none: as late as possible. */
  async baseFor(toMs: number | undefined): Promise<{ base: string; wallMs: number | undefined }> {
    const bases = await this.#bases();
    const wallMs = toMs === undefined ? undefined : await this.#wallOf(toMs);
    const usable = bases.filter((ms) => wallMs === undefined || ms <= wallMs);
    const ms = usable.at(-1) ?? bases[0];
    if (ms === undefined) throw new Error(`there is no backup in ${this.folder}`);
    return { base: join(this.folder, `base-${ms}`), wallMs };
  }

  /** Whether a day has passed since the last copy. */
  async needsBase(): Promise<boolean> {
    return Date.now() - ((await this.#bases()).at(-1) ?? 0) >= dayMs;
  }

  /** Removes what no restore within the retention period needs. */
  async forget(retentionDays: number): Promise<void> {
    const oldMs = Date.now() - retentionDays * dayMs;
    const bases = await this.#bases();
    const first = bases.filter((ms) => ms <= oldMs).at(-1);
    if (first === undefined) return;
    const label = await readFile(join(this.folder, `base-${first}`, "backup_label"), "utf8").catch(() => "");
    const begins = /\(file [0-9A-F]{8}([0-9A-F]{16})\)/.exec(label)?.[1];
    if (!begins) return;
    for (const ms of bases)
      if (ms < first) await rm(join(this.folder, `base-${ms}`), { recursive: true, force: true });
    for (const name of await readdir(this.wal)) {
      const place = /^[0-9A-F]{8}([0-9A-F]{16})\.gz$/.exec(name)?.[1];
      if (place && place < begins) await rm(join(this.wal, name), { force: true });
    }
    const marks = (await this.#readMarks()).filter(({ wallMs }) => wallMs >= first);
    await writeFile(this.#marks, marks.map((mark) => `${JSON.stringify(mark)}\n`).join(""));
  }

  /** Takes over from another region's archive what is not here yet. */
  async takeFrom(source: Archive): Promise<void> {
    if (!existsSync(this.wal)) await this.#postgres.empty(this.wal);
    const here = new Set(await readdir(this.wal));
    for (const name of await readdir(source.wal)) {
      if (here.has(name) || name.endsWith(".part")) continue;
      const [from, to] = [join(source.wal, name), join(this.wal, name)];
      // A segment never changes: the two regions can share it until one of them removes it.
      await link(from, to).catch(() => copyFile(from, to));
    }
    const bases = new Set(await this.#bases());
    for (const ms of await source.#bases()) {
      if (bases.has(ms)) continue;
      const part = join(this.folder, "base.part");
      await this.#postgres.duplicate(join(source.folder, `base-${ms}`), part);
      await rename(part, join(this.folder, `base-${ms}`));
    }
    await copyFile(source.#marks, this.#marks);
  }

  /** When each copy was complete, by PostgreSQL's clock; the oldest first. */
  async #bases(): Promise<number[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names
      .flatMap((name) => /^base-(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  async #readMarks(): Promise<Mark[]> {
    const lines = (await readFile(this.#marks, "utf8")).trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as Mark);
  }

  async #wallOf(toMs: number): Promise<number | undefined> {
    const marks = await this.#readMarks();
    const after = marks.find(({ clockMs }) => clockMs > toMs);
    const before = marks.filter(({ clockMs }) => clockMs <= toMs).at(-1);
    if (!after) return undefined;
    return before ? Math.min(before.wallMs + (toMs - before.clockMs), after.wallMs) : after.wallMs;
  }
}
