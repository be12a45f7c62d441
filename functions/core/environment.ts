import * as z from "zod/mini";
import { Plan } from "./plan.ts";
import { Source } from "./source.ts";

/**
 * Where alerts of one severity go: to people through SNS, or by HTTP. `secret` is the name of a secret in Secrets Manager,
 * of the same name in both regions: the address of a chat's robot lets whoever knows it write there.
 */
export const Channel = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("email"), address: z.string() }),
  z.strictObject({ kind: z.literal("sms"), number: z.string() }),
  z.strictObject({ kind: z.literal("webhook"), url: z.string(), secret: z.string() }),
  z.strictObject({ kind: z.literal("slack"), secret: z.string() }),
  z.strictObject({ kind: z.literal("teams"), secret: z.string() }),
  z.strictObject({ kind: z.literal("feishu"), secret: z.string() }),
  z.strictObject({ kind: z.literal("dingtalk"), secret: z.string() }),
  z.strictObject({ kind: z.literal("weCom"), secret: z.string() }),
  z.strictObject({ kind: z.literal("pagerDuty"), secret: z.string() }),
]);
export type Channel = z.infer<typeof Channel>;

/** A time of day by the clock of a time zone: "07:00", "Europe/Berlin". */
const clock = { timeZone: z.string() };

/** Who hears of what is wrong, and when. */
export const Alerts = z.strictObject({
  page: z.array(Channel),
  notify: z.array(Channel),
  /** When `notify` gets a summary; of the week on Mondays. */
  digest: z.optional(z.strictObject({ every: z.enum(["day", "week"]), at: z.string(), ...clock })),
  /** When on Mondays `page` gets the test that somebody is to acknowledge. */
  canary: z.optional(z.strictObject({ at: z.string(), ...clock })),
  /** When `notify` is told nothing. */
  quietHours: z.optional(z.strictObject({ from: z.string(), to: z.string(), ...clock })),
  /** Within how many seconds a finding of a priority is to be acknowledged, where it is not as `priorities` has it. */
  acknowledgeSeconds: z.optional(
    z.strictObject({
      P1: z.optional(z.number()),
      P2: z.optional(z.number()),
      P3: z.optional(z.number()),
    }),
  ),
});
export type Alerts = z.infer<typeof Alerts>;

/** A channel that messages go to by HTTP, posted by `deliver`; the others are SNS's. */
export type HttpChannel = Exclude<Channel, { kind: "email" | "sms" }>;

/** Whether a channel is one that `deliver` posts to. */
export function isHttp(channel: Channel): channel is HttpChannel {
  return channel.kind !== "email" && channel.kind !== "sms";
}

/** What people recognise a channel by, and what tells it from the others of its severity. It holds no secret. */
export function channelName(channel: Channel): string {
  if (channel.kind === "email") return `email ${channel.address}`;
  if (channel.kind === "sms") return `sms ${channel.number}`;
  return `${channel.kind} ${channel.kind === "webhook" ? channel.url : channel.secret}`;
}

/** A network of the user's, by its ids. */
const Subnets = z.strictObject({
  subnetIds: z.array(z.string()),
  securityGroupIds: z.array(z.string()),
});

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
  /** From where restored DB instances are read whole, in each region in which they may be. */
  hydrate: z.optional(z.strictObject({ primary: z.optional(Subnets), recovery: z.optional(Subnets) })),
  /** Into which objects and archives may be restored, besides the sources' own. */
  buckets: z.optional(z.array(z.string())),
});
export type Restores = z.infer<typeof Restores>;

/** Whose tokens the API takes, and the console asks for, where it is not the environment's own user pools. */
export const SignIn = z.strictObject({
  /** The issuer (OpenID Connect): its `/.well-known/openid-configuration` says the rest. */
  issuer: z.string(),
  /** What tokens must be for: their `aud`, or `client_id` where they have none. */
  audience: z.string(),
  /** The claim that names the roles: viewer, operator, admin. */
  rolesClaim: z.string(),
  /** As whom the console signs people in, and what it asks for, separated by spaces. */
  clientId: z.string(),
  scope: z.string(),
  /** Origins besides the issuer's own that answer the browser: where the token endpoint is. */
  origins: z.optional(z.array(z.string())),
});
export type SignIn = z.infer<typeof SignIn>;

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
  alerts: Alerts,
  restores: z.optional(Restores),
  /** Absent: a user pool of Cognito in each region. */
  signIn: z.optional(SignIn),
  /** What each vault may come to before somebody is told that it will. */
  storage: z.optional(z.strictObject({ budgetGiB: z.number().check(z.positive()) })),
  plans: z.array(Plan),
  sources: z.array(Source),
});
export type Environment = z.infer<typeof Environment>;

/** The other of the environment's two regions. */
export function otherRegion(environment: Environment, region: string): string {
  return region === environment.primaryRegion ? environment.recoveryRegion : environment.primaryRegion;
}
