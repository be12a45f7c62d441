import * as z from "zod/mini";
import { writeBeat } from "../check/beat.ts";
import { Problem } from "../core/problem.ts";
import type { NetworkWorld } from "../network-world.ts";

/** Which database a beat goes into. */
export const HeartbeatRequest = z.object({
  /** A secret in RDS's form. */
  secretArn: z.string(),
  database: z.optional(z.string()),
  /** "required" refuses servers without TLS, as a live database must. */
  tls: z._default(z.enum(["required", "preferred"]), "required"),
});
export type HeartbeatRequest = z.infer<typeof HeartbeatRequest>;

/** What Secrets Manager's own form for RDS has in it (user guide, JSON structure of database credential secrets). */
const Secret = z.object({
  engine: z.string(),
  host: z.string(),
  port: z.optional(z.coerce.number()),
  username: z.string(),
  password: z.string(),
});

/** Writes the row that says up to which minute a restored copy has what was written. Throws `Problem`. */
export async function heartbeat(
  { secretArn, database, tls }: HeartbeatRequest,
  { secrets }: Pick<NetworkWorld, "secrets">,
): Promise<void> {
  const { engine, host, port, username: user, password } = await secretIn(secrets, secretArn);
  const family = /postgres/.test(engine) ? "postgres" : "mysql";
  const usual = { postgres: 5_432, mysql: 3_306 }[family];
  const login = { host, port: port ?? usual, user, password, tls, parallelWorkers: 0, timeoutSeconds: 10 };
  await writeBeat(login, family, database);
}

async function secretIn(secrets: NetworkWorld["secrets"], arn: string): Promise<z.infer<typeof Secret>> {
  const parsed = Secret.safeParse(asJson(await secrets.text(arn)));
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map(({ path }) => path.join(".") || "JSON").join(", ");
  throw new Problem(
    "invalid",
    `the secret ${arn} lacks ${missing}`,
    "Write it as RDS does: engine, host, port, username, password.",
  );
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
