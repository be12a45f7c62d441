import { RDSClient } from "@aws-sdk/client-rds";
import pg from "pg";
import type { Clock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { kmsService } from "../../local/services/kms.ts";
import { rdsService } from "../../local/services/rds.ts";
import type { RdsOptions } from "../../local/services/rds-state.ts";
import { Twin } from "../../local/twin.ts";

/** A stand-in with RDS and KMS, and a client of each of two regions in the same process. */
export function standIn(clock: Clock, options: RdsOptions) {
  const twin = new Twin({ clock });
  const rds = rdsService(twin, options);
  for (const service of [kmsService(twin), rds]) twin.register(service);
  const client = (region: string) => connect(new RDSClient({ region }), { twin, service: "rds", region });
  return { twin, rds, here: client("eu-west-1"), there: client("eu-central-1") };
}

/** Asks until there is an answer, for at most a minute. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what} did not come about`);
    await new Promise((after) => setTimeout(after, 50));
  }
}

/** The rows of one statement in a database of the stand-in. */
export async function sql<T extends pg.QueryResultRow>(
  port: number,
  password: string,
  ...statements: string[]
): Promise<T[]> {
  const login = { host: "127.0.0.1", port, user: "postgres", password, database: "postgres" };
  const client = new pg.Client(login);
  await client.connect();
  try {
    let rows: T[] = [];
    for (const statement of statements) rows = (await client.query<T>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
