import type { CheckReport, CheckRequest, CheckResult } from "../core/fingerprint.ts";
import { cut, printable } from "../core/text.ts";
import type { Database, Login } from "./database.ts";
import { compareResult, fingerprintDatabase } from "./fingerprint.ts";
import { judgeBeats } from "./heartbeat.ts";
import { credentialsIn, familyOf } from "./login.ts";
import { mysqlDatabases, openMysql } from "./mysql.ts";
import { openPostgres, postgresDatabases } from "./postgres.ts";
import { checkSql } from "./sql-check.ts";

/** What the check needs of the world around it. */
export type Surroundings = {
  /** The text of a secret. */
  secret(id: string): Promise<string>;
  /** Milliseconds left; fingerprints stop between two tables before it ends. */
  remainingMs(): number;
  now(): Date;
  /** Told after each table. */
  progress?(done: { database: string; table: string; rows: number; seconds: number }): void;
};

/** Checks one restored database server and says what it found; it throws only when asked something impossible. */
export async function check(request: CheckRequest, around: Surroundings): Promise<CheckReport> {
  const began = around.now().getTime();
  const report: CheckReport = { checks: [], fingerprints: [], seconds: 0 };
  const finish = () => ({ ...report, seconds: (around.now().getTime() - began) / 1000 });
  const family = familyOf(request.engine);
  const { password } = credentialsIn(await around.secret(request.secretId));
  const { host, port, user, tls, parallelWorkers, timeoutSeconds } = request;
  const login: Login = { host, port, user, password, tls, parallelWorkers, timeoutSeconds };

  const names = await attempt(report, "answers", async () => {
    const all =
      request.databases ??
      (family === "postgres" ? await postgresDatabases(login) : await mysqlDatabases(login));
    // MySQL's databases are schemas of one server: one connection sees them all.
    return family === "postgres" ? all : [""];
  });
  if (!names) return finish();
  const { after } = request;
  // "postgres" is in every server, made by nobody.
  const home = names.find((name) => name !== "postgres") ?? names[0];
  if (!after) refuseUnknown(report, request, names);
  for (const name of names) {
    // The databases before that of `after` are done.
    if (after && names.indexOf(name) < names.indexOf(after.database)) continue;
    const database = await attempt(report, `answers ${name}`.trim(), () =>
      family === "postgres" ? openPostgres(login, name) : openMysql(login, request.databases),
    );
    if (!database) continue;
    try {
      if (!after) await checkOnce(report, request, database, around, name === home);
      const next = await fingerprintInto(report, request, database, around);
      if (next) return { ...finish(), next };
    } finally {
      await database.end();
    }
  }
  return finish();
}

/** Everything but fingerprints: what one call can do at once. */
async function checkOnce(
  report: CheckReport,
  request: CheckRequest,
  database: Database,
  around: Surroundings,
  isHome: boolean,
) {
  report.checks.push({
    name: `answers ${database.name}`.trim(),
    outcome: "passed",
    value: database.version,
    sentence: `it answers as ${database.version}`,
  });
  await attempt(report, `indexes ${database.name}`.trim(), async () => {
    // The other half is for the fingerprints, or no call would ever get to them.
    const half = around.remainingMs() / 2;
    const verdicts = await database.usable(() => around.remainingMs() > half);
    report.checks.push(usableResult(database.name, verdicts));
  });
  const isMeant = (wanted: string | undefined) => (wanted === undefined ? isHome : wanted === database.name);
  for (const [index, sql] of request.sql.entries()) {
    if (!isMeant(database.name && sql.database)) continue;
    report.checks.push(await checkSql(database, `sql ${index + 1}`, sql, request.timeoutSeconds));
  }
  const { heartbeat } = request;
  if (heartbeat && isMeant(database.name && heartbeat.database))
    await checkHeartbeat(report, database, heartbeat);
}

/** What is to be asked of a database that is not there would never be asked. */
function refuseUnknown(report: CheckReport, { sql, heartbeat }: CheckRequest, names: string[]) {
  const wanted = [
    ...sql.map(({ database }, index) => ({ name: `sql ${index + 1}`, database })),
    ...(heartbeat ? [{ name: "heartbeat", database: heartbeat.database }] : []),
  ];
  for (const { name, database } of wanted) {
    // One connection of MySQL's family sees all: its only name is empty.
    if (database === undefined || names.includes(database) || names.join() === "") continue;
    const sentence = `${name} asks the database "${database}", which is not in it`;
    report.checks.push({ name, outcome: "failed", value: "no such database", sentence });
  }
}

async function fingerprintInto(
  report: CheckReport,
  request: CheckRequest,
  database: Database,
  around: Surroundings,
) {
  const name = `fingerprint ${database.name}`.trim();
  const reference = request.reference.find((one) => one.database === database.name);
  const after = request.after?.database === database.name ? request.after.table : undefined;
  const made = await attempt(report, name, () =>
    fingerprintDatabase(database, { ...request, reference, after }, around),
  );
  if (!made) return undefined;
  report.fingerprints.push(made.fingerprint);
  report.checks.push(compareResult(name, made, reference, after));
  return made.next === undefined ? undefined : { database: database.name, table: made.next };
}

function usableResult(
  database: string,
  { looked, verdicts }: Awaited<ReturnType<Database["usable"]>>,
): CheckResult {
  const bad = verdicts.filter(({ ok }) => ok === false);
  const unproved = verdicts.filter(({ ok }) => ok === undefined);
  const sentences = [...bad, ...unproved].map(({ sentence }) => sentence);
  return {
    name: `indexes ${database}`.trim(),
    outcome: bad.length > 0 ? "failed" : unproved.length > 0 ? "unproved" : "passed",
    value: `${looked} looked at, ${bad.length} bad, ${unproved.length} not proved`,
    expected: "none bad",
    sentence: cut(sentences.join("; ") || "every index and constraint is usable", 2_000),
  };
}

async function checkHeartbeat(
  report: CheckReport,
  database: Database,
  { intervalSeconds, pointAt }: NonNullable<CheckRequest["heartbeat"]>,
) {
  await attempt(report, "heartbeat", async () => {
    const beats = await database.beats();
    const { newestAt, findings } = judgeBeats(beats ?? [], intervalSeconds);
    if (newestAt !== undefined) report.newestHeartbeatAt = newestAt;
    const seconds = newestAt === undefined ? undefined : (Date.parse(pointAt) - Date.parse(newestAt)) / 1000;
    const late =
      seconds === undefined
        ? ["there is no heartbeat in it"]
        : seconds > 2 * intervalSeconds
          ? [`the newest heartbeat is ${Math.round(seconds)} seconds older than the point`]
          : [];
    const wrong = [...late, ...findings];
    report.checks.push({
      name: "heartbeat",
      outcome: wrong.length > 0 ? "failed" : "passed",
      value: newestAt ?? "none",
      expected: `at most ${2 * intervalSeconds} seconds before ${pointAt}`,
      sentence: wrong.join("; ") || `the newest heartbeat is of ${newestAt}, and the chain is whole`,
    });
  });
}

/** Runs one check; what it throws is the check's failure, in one sentence. */
async function attempt<T>(report: CheckReport, name: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    const said = printable(cut(thrown instanceof Error ? thrown.message : String(thrown), 300));
    report.checks.push({ name, outcome: "failed", value: "an error", sentence: `${name}: ${said}` });
    return undefined;
  }
}
