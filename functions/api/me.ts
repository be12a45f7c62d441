import type { Look } from "./operation.ts";

/** Who the API takes the caller for. */
export const whoAmI: Look<"whoAmI"> = async (_input, { world: { environment, region }, caller }) => ({
  who: caller.who,
  role: caller.role,
  environment: environment.name,
  account: environment.account,
  region,
  primaryRegion: environment.primaryRegion,
  recoveryRegion: environment.recoveryRegion,
});
