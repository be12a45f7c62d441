import type { HydrateReport } from "../../functions/core/hydrate.ts";
import { HydrateRequest } from "../../functions/core/hydrate.ts";
import { hydrate, type Surroundings } from "../../functions/hydrate/hydrate.ts";
import { password } from "../check/servers.ts";

/** Asks for one part of the reading of a test server, as a restore does. */
export function ask(
  port: number,
  request: Partial<HydrateRequest> = {},
  around: Partial<Surroundings> & { username?: string } = {},
): Promise<HydrateReport> {
  const whole = HydrateRequest.parse({
    ...{ engine: "postgres", host: "127.0.0.1", port, secretId: "clone", tls: "preferred" },
    ...request,
  });
  return hydrate(whole, {
    secret: async () => JSON.stringify({ username: around.username ?? "postgres", password }),
    remainingMs: () => 600_000,
    now: () => new Date(),
    ...around,
  });
}

/** All parts, each of which has time for so many statements only. */
export async function inParts(
  port: number,
  request: Partial<HydrateRequest> = {},
  { statements = 1, ...around }: Partial<Surroundings> & { username?: string; statements?: number } = {},
): Promise<HydrateReport[]> {
  const reports: HydrateReport[] = [];
  let after: HydrateReport["next"];
  do {
    let left = statements;
    const remainingMs = () => (--left > 0 ? 600_000 : 0);
    const report = await ask(port, { ...request, ...(after ? { after } : {}) }, { ...around, remainingMs });
    reports.push(report);
    after = report.next;
  } while (after && reports.length < 2_000);
  return reports;
}
