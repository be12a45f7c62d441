import * as z from "zod/mini";
import { AuditEntry } from "./api/alerts.ts";

/** One entry of the audit log as the vault keeps it: a link of a chain that nobody can cut or bend unseen. */
export const AuditFact = z.extend(AuditEntry, { schema: z.literal(1) });
export type AuditFact = z.infer<typeof AuditFact>;

/** What the first entry of a chain has in the place of the digest of the one before. */
export const firstPrevious = "0".repeat(64);

/** That somebody paused the schedule of a source, or resumed it. */
export const PauseFact = z.strictObject({
  schema: z.literal(1),
  /** ISO-8601 UTC. */
  at: z.string(),
  fact: z.enum(["paused", "resumed"]),
  source: z.string(),
  by: z.string(),
  /** Of `paused`: until when, and why. */
  until: z.optional(z.string()),
  reason: z.optional(z.string()),
});
export type PauseFact = z.infer<typeof PauseFact>;

/** That a request with an idempotency key was tried, that a try failed, or, with its answer, that it was done. */
export const IdempotencyFact = z.strictObject({
  schema: z.literal(1),
  at: z.string(),
  /** Of the request: another one under the same key is refused. */
  request: z.string(),
  /** Of a try: what it alone knows, by which it knows its own claim again. */
  by: z.optional(z.string()),
  answer: z.optional(z.strictObject({ body: z.unknown() })),
});
export type IdempotencyFact = z.infer<typeof IdempotencyFact>;
