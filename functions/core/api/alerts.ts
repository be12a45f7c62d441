import * as z from "zod/mini";
import { Finding } from "../finding.ts";
import { pageOf, pageQuery, route, standings } from "./route.ts";

/** An alert: one episode of a finding, from its opening to its end. */
export const AlertView = z.strictObject({
  /** `<finding id>@<since>`: what the other routes take. */
  id: z.string(),
  finding: Finding,
  priority: z.enum(["P1", "P2", "P3", "P4"]),
  severity: z.enum(["page", "notify"]),
  state: z.enum(["open", "acknowledged", "resolved"]),
  openedAt: z.string(),
  toldAt: z.optional(z.string()),
  acknowledgedAt: z.optional(z.string()),
  acknowledgedBy: z.optional(z.string()),
  escalatedAt: z.optional(z.string()),
  endedAt: z.optional(z.string()),
  /** The evidence that ended it. */
  endedBecause: z.optional(z.string()),
});
export type AlertView = z.infer<typeof AlertView>;

/** How one channel stands, or how a test message went down it. Never holds a secret. */
export const ChannelView = z.strictObject({
  /** What people recognise it by: "email oncall@acme.example", "slack holdfast/slack". */
  channel: z.string(),
  severity: z.enum(["page", "notify"]),
  state: z.enum(["ok", "pending", "failed", "not known"]),
  /** One sentence. */
  reason: z.string(),
});
export type ChannelView = z.infer<typeof ChannelView>;

/** One link of the audit chain. */
export const AuditEntry = z.strictObject({
  region: z.string(),
  number: z.int(),
  at: z.string(),
  /** The caller's ARN, or `jwt:<issuer>#<subject>`. */
  who: z.string(),
  /** The operation, and what it was done to. */
  what: z.string(),
  target: z.string(),
  /** The caller's address, and through what: "api", "console", "break-glass". */
  from: z.strictObject({ address: z.optional(z.string()), through: z.string() }),
  outcome: z.string(),
  previous: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Routes of alerts and audit. */
export const alertRoutes = {
  listAlerts: route({
    method: "GET",
    path: "/alerts",
    role: "viewer",
    summary: "Alerts, newest first: those that are open, or all.",
    query: z.strictObject({ ...pageQuery, state: z.optional(z.enum(["open", "all"])) }),
    answer: pageOf(AlertView),
  }),
  acknowledgeAlert: route({
    method: "POST",
    path: "/alerts/{alert}/acknowledge",
    role: "operator",
    summary: "Says that somebody is on it: it is not escalated any more. Only evidence ends it.",
    params: z.strictObject({ alert: z.string().check(z.maxLength(300)) }),
    answer: AlertView,
  }),
  acknowledgeCode: route({
    method: "POST",
    path: "/acknowledgements",
    role: "operator",
    summary: "The same by the code of a message, for all that it told.",
    body: z.strictObject({ code: z.string().check(z.minLength(1), z.maxLength(100)) }),
    answer: z.strictObject({
      by: z.string(),
      acknowledged: z.array(
        z.strictObject({
          finding: z.optional(Finding),
          message: z.optional(z.strictObject({ message: z.enum(["digest", "canary"]), slot: z.string() })),
          /** `over`: it had ended before. */
          state: z.enum(["acknowledged", "already", "over"]),
          by: z.optional(z.string()),
          at: z.optional(z.string()),
        }),
      ),
    }),
  }),
  testAlerts: route({
    method: "POST",
    path: "/alerts/test",
    role: "operator",
    summary:
      "Sends one message down every channel of a region, that of the API if none is named, and reports each.",
    body: z.strictObject({ region: z.optional(z.string().check(z.maxLength(30))) }),
    answer: z.strictObject({ channels: z.array(ChannelView) }),
  }),
  listChannels: route({
    method: "GET",
    path: "/channels",
    role: "viewer",
    summary: "Every channel, with whether it would reach somebody.",
    answer: z.strictObject({ channels: z.array(ChannelView), checkedAt: z.optional(z.string()) }),
  }),
  listAudit: route({
    method: "GET",
    path: "/audit",
    role: "viewer",
    summary: "Every action that changed something, newest first, of one region's chain.",
    query: z.strictObject({ ...pageQuery, region: z.optional(z.string()) }),
    answer: pageOf(AuditEntry),
  }),
  whoAmI: route({
    method: "GET",
    path: "/me",
    role: "viewer",
    summary: "Who the API takes the caller for.",
    answer: z.strictObject({
      who: z.string(),
      /** "iam": signed with an AWS identity, whose policies say at each route what it may do. */
      role: z.enum(standings),
      environment: z.string(),
      account: z.string(),
      /** The region whose API answers. */
      region: z.string(),
      primaryRegion: z.string(),
      recoveryRegion: z.string(),
    }),
  }),
} as const;
