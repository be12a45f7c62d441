import { type Caller, roleOfClaim } from "../core/api/caller.ts";
import { Problem } from "../core/problem.ts";
import type { HttpEvent } from "./event.ts";

/**
 * Who asks. Of a request that IAM let through nothing says what else its sender may do: IAM has decided about this one.
 * A token says its own role. Throws `Problem` access-denied where neither is.
 */
export function callerOf(
  { requestContext: { authorizer, http } }: HttpEvent,
  { environment, rolesClaim }: { environment: string; rolesClaim: string },
): Caller {
  const address = http.sourceIp ? { address: http.sourceIp } : {};
  const arn = authorizer?.iam?.userArn;
  if (arn) return { who: arn, role: "iam", from: { ...address, through: "api" } };
  const claims = authorizer?.jwt?.claims;
  if (!claims?.sub || !claims.iss)
    throw new Problem("access-denied", "It is not known who asks", "Sign in, or sign the request.");
  const role = roleOfClaim(claims[rolesClaim], environment);
  if (!role) {
    const fix = "Ask an administrator to put you into the group viewer, operator or admin.";
    throw new Problem("access-denied", "You are signed in and have no role here", fix);
  }
  return { who: `jwt:${claims.iss}#${claims.sub}`, role, from: { ...address, through: "console" } };
}
