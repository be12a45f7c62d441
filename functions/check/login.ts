import { Problem } from "../core/problem.ts";

/** Which family of servers an engine of RDS's is of. Throws `Problem` unsupported. */
export function familyOf(engine: string): "postgres" | "mysql" {
  if (/postgres/.test(engine)) return "postgres";
  if (/mysql|mariadb/.test(engine)) return "mysql";
  throw new Problem(
    "unsupported",
    `a database of engine "${engine}" cannot be checked`,
    "PostgreSQL, MySQL, MariaDB and Aurora of both can.",
  );
}

/** The password in a secret, and the user where it names one: in RDS's form, which is JSON, or the whole text. */
export function credentialsIn(secret: string): { username?: string; password: string } {
  if (!secret.trimStart().startsWith("{")) return { password: secret };
  try {
    const { username, password } = JSON.parse(secret) as { username?: unknown; password?: unknown };
    if (typeof password === "string")
      return { password, ...(typeof username === "string" ? { username } : {}) };
  } catch {
    // A password may begin with a brace.
  }
  return { password: secret };
}
