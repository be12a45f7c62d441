import type { Role, Standing } from "../functions/core/api/route.ts";

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Why somebody may not do what asks for a role; undefined if they may, or if only IAM knows. The API decides again. */
export function whyNotAs(standing: Standing, needs: Role): string | undefined {
  // Of who signed with an AWS identity its policies say it, at each route.
  if (standing === "iam" || rank[standing] >= rank[needs]) return undefined;
  return `Needs the role ${needs}; you are ${standing}.`;
}
