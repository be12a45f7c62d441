import { type Role, roles, type Standing } from "./route.ts";

/** Who asks, as API Gateway has established it, and from where. */
export type Caller = {
  /** The ARN of who signed, or `jwt:<issuer>#<subject>`. */
  who: string;
  role: Standing;
  from: { address?: string; through: "api" | "console" | "break-glass" };
};

/**
 * The highest role that a token's claim gives, by the names of the roles: as they are, or with ours before
 * them, `holdfast-admin` or `holdfast-prod-admin`, for issuers that serve others too. A list may be one text, "[viewer admin]".
 */
export function roleOfClaim(claim: unknown, environment: string): Role | undefined {
  const words = Array.isArray(claim)
    ? claim.map(String)
    : String(claim ?? "")
        .replace(/^\[|\]$/g, "")
        .split(/[\s,]+/);
  return roles.findLast((role) =>
    [role, `holdfast-${role}`, `holdfast-${environment}-${role}`].some((name) => words.includes(name)),
  );
}
