import { roleName } from "../core/names.ts";
import { Problem } from "../core/problem.ts";
import type { RestoreWorld } from "../restore-world.ts";

/**
 * Who really wants something: whoever proved it, or the one for whom the API says it. Only the API's own roles, of either
 * region, may speak for somebody else. Throws `Problem` access-denied for everybody else who tries.
 */
export function actorOf(
  proved: string,
  onBehalfOf: string | undefined,
  { environment }: Pick<RestoreWorld, "environment">,
): string {
  if (onBehalfOf === undefined) return proved;
  const { account, primaryRegion, recoveryRegion } = environment;
  const [, of, role = ""] = /^arn:[a-z-]+:sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(proved) ?? [];
  const apis = [primaryRegion, recoveryRegion].map((region) => roleName(environment, "api", region));
  if (of === account && apis.includes(role)) return onBehalfOf;
  throw new Problem(
    "access-denied",
    `${proved} wants to speak for ${onBehalfOf}, which only the API may`,
    "Leave out onBehalfOf, or ask through the API.",
  );
}
