import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql, { type Connection } from "mysql2/promise";
import { freePort } from "../../local/postgres.ts";

/** Where this machine has a MariaDB server; undefined if it has none. */
export function mariadbServer(): string | undefined {
  return ["/usr/sbin/mariadbd", "/usr/local/sbin/mariadbd", "/opt/homebrew/bin/mariadbd"].find(existsSync);
}

/** A new server of MariaDB, with a connection as its root; `again` starts it anew, with nothing in its memory. */
export async function startMariadb(server: string) {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-mariadb-"));
  const data = join(folder, "data");
  await mkdir(data);
  const user = process.getuid?.() === 0 ? ["--user=root"] : [];
  const common = ["--no-defaults", `--datadir=${data}`, ...user];
  const made = spawnSync(
    "mariadb-install-db",
    [...common, "--auth-root-authentication-method=normal", "--skip-test-db"],
    { encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stderr || made.error?.message}`);
  const port = await freePort();
  const socket = join(folder, "socket");
  const options = [
    `--port=${port}`,
    `--socket=${socket}`,
    "--bind-address=127.0.0.1",
    `--pid-file=${join(folder, "pid")}`,
  ];
  const open = async (more: string[]): Promise<{ running: ChildProcess; root: Connection }> => {
    const running = spawn(server, [...common, ...options, ...more], { stdio: ["ignore", "ignore", "pipe"] });
    await new Promise<void>((resolve, reject) => {
      let said = "";
      running.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-4_000);
        if (said.includes("ready for connections")) resolve();
      });
      running.once("exit", (code) => reject(new Error(`MariaDB ended with ${code}: ${said}`)));
    });
    return { running, root: await mysql.createConnection({ socketPath: socket, user: "root" }) };
  };
  let { running, root } = await open([]);
  const end = async () => {
    await root.end();
    running.removeAllListeners("exit");
    await new Promise((resolve) => {
      running.once("exit", resolve);
      running.kill("SIGTERM");
    });
  };
  const stop = async () => {
    await end();
    await rm(folder, { recursive: true, force: true });
  };
  const again = async (more: string[]): Promise<Connection> => {
    await end();
    ({ running, root } = await open(more));
    return root;
  };
  return { root, port, stop, again };
}
