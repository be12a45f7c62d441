import * as z from "zod/mini";
import { Plan } from "./plan.ts";
import { Source } from "./source.ts";

/** Where alerts of one severity go. */
export const Channel = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("email"), address: z.string() }),
  z.strictObject({ kind: z.literal("sms"), number: z.string() }),
]);
export type Channel = z.infer<typeof Channel>;

/** What holds for restores of an environment. */
export const Restores = z.strictObject({
  /** `required`: another principal than the one that asked must approve before anything is done. */
  approval: z.optional(z.literal("required")),
  /** Where databases are put in the recovery region, whose networks are not those of the primary one. */
  network: z.optional(
    z.strictObject({
      subnetGroup: z.optional(z.string()),
      securityGroupIds: z.optional(z.array(z.string())),
    }),
  ),
  /** Into which objects and archives may be restored, besides the sources' own. */
  buckets: z.optional(z.array(z.string())),
});
export type Restores = z.infer<typeof Restores>;

/**
 * An environment, checked and resolved: what synth bundles with every function as `environment.json`.
 * What people write, and every check on it, is in infra/environment.ts.
 */
export const Environment = z.strictObject({
  name: z.string(),
  account: z.string(),
  primaryRegion: z.string(),
  recoveryRegion: z.string(),
  /** `protected`: compliance lock, RETAIN, termination protection. `ephemeral`: none, cleans up after itself. */
  profile: z.enum(["protected", "ephemeral"]),
  alerts: z.strictObject({ page: z.array(Channel), notify: z.array(Channel) }),
  restores: z.optional(Restores),
  plans: z.array(Plan),
  sources: z.array(Source),
});
export type Environment = z.infer<typeof Environment>;

/** The other of the environment's two regions. */
export function otherRegion(environment: Environment, region: string): string {
  return region === environment.primaryRegion ? environment.recoveryRegion : environment.primaryRegion;
}
