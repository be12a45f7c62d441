import type { Database, Login } from "../check/database.ts";
import { credentialsIn, familyOf } from "../check/login.ts";
import { openMysql } from "../check/mysql.ts";
import { openPostgres, postgresDatabases } from "../check/postgres.ts";
import { type HydrateReport, type HydrateRequest, type ReadPlace, worstOf } from "../core/hydrate.ts";
import { Problem } from "../core/problem.ts";
import { cut, printable } from "../core/text.ts";

/** What hydration needs of the world around it. */
export type Surroundings = {
  /** The text of a secret. */
  secret(id: string): Promise<string>;
  remainingMs(): number;
  now(): Date;
  /** Told after each database. */
  progress?(done: { database: string; bytes: number }): void;
};

/** One statement may take so long; nothing new is begun when less is left. */
const statementSeconds = 120;
const reserveMs = (statementSeconds + 15) * 1_000;

/**
 * Has a restored server read all that it stores, database after database, as far as there is time; gives where to go on.
 * One connection, one statement at a time: so much and no more of what the server can do is taken. Throws `Problem`
 * unavailable where it does not answer, never with a secret in it.
 */
export async function hydrate(request: HydrateRequest, around: Surroundings): Promise<HydrateReport> {
  const began = around.now().getTime();
  const login = await loginOf(request, around);
  const report: HydrateReport = { readBytes: 0, totalBytes: 0, seconds: 0, unreadCount: 0, unread: [] };
  const leftMs = () => around.remainingMs() - reserveMs;
  const finish = (next?: ReadPlace): HydrateReport => ({
    ...report,
    ...(next ? { next } : {}),
    seconds: (around.now().getTime() - began) / 1_000,
  });
  try {
    // MySQL's databases are schemas of one server: one connection sees them all.
    const mysql = familyOf(request.engine) === "mysql";
    const names = mysql ? [""] : await postgresDatabases(login);
    const { after } = request;
    for (const name of names.slice(after ? Math.max(0, names.indexOf(after.database)) : 0)) {
      if (report.totalBytes > 0 && leftMs() <= 0) return finish({ database: name });
      const database = mysql ? await openMysql(login, undefined) : await openPostgres(login, name);
      try {
        report.totalBytes ||= Math.max(1, await database.storedBytes());
        const from = after?.database === name ? after.at : undefined;
        const { bytes, next, unread } = await database.readWhole(from, leftMs);
        add(report, name, { bytes, unread });
        around.progress?.({ database: name, bytes });
        if (next !== undefined) return finish({ database: name, at: next });
      } finally {
        await database.end();
      }
    }
    return finish();
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    const said = printable(cut(thrown instanceof Error ? thrown.message : String(thrown), 300));
    const what = `${request.host} could not be read: ${said}`;
    throw new Problem("unavailable", what, "See the user's rights and the security groups.", thrown);
  }
}

async function loginOf({ host, port, tls, secretId }: HydrateRequest, around: Surroundings): Promise<Login> {
  const { username: user, password } = credentialsIn(await around.secret(secretId));
  if (user === undefined) {
    const fix = "Write it as RDS does: JSON with username and password.";
    throw new Problem("invalid", `the secret ${secretId} names no user`, fix);
  }
  return { host, port, tls, user, password, parallelWorkers: 0, timeoutSeconds: statementSeconds };
}

type Read = Pick<Awaited<ReturnType<Database["readWhole"]>>, "bytes" | "unread">;

function add(report: HydrateReport, database: string, { bytes, unread }: Read): void {
  report.readBytes += bytes;
  report.unreadCount += unread.length;
  const named = unread.map(({ name, reason, damaged }) => ({
    name: database === "" ? name : `${database}: ${name}`,
    reason: cut(reason, 200),
    damaged,
  }));
  report.unread = worstOf([...report.unread, ...named]);
}
