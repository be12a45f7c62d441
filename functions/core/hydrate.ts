import * as z from "zod/mini";

/** Where one part of the reading of a whole server ended, and the next goes on. */
export const ReadPlace = z.strictObject({ database: z.string(), at: z.optional(z.string()) });
export type ReadPlace = z.infer<typeof ReadPlace>;

/** A restored database that is to be read whole, so that its blocks are there before users come. */
export const HydrateRequest = z.strictObject({
  engine: z.string(),
  host: z.string(),
  port: z.int(),
  /** The master user's secret that RDS keeps, or one that the environment names. The password stays in it. */
  secretId: z.string(),
  /** "required" refuses servers without TLS, as one of RDS's must. */
  tls: z._default(z.enum(["required", "preferred"]), "required"),
  after: z.optional(ReadPlace),
});
export type HydrateRequest = z.infer<typeof HydrateRequest>;

/** What was not read, with why. `damaged`: what is stored could not be, rather than that the user may not. */
const Unread = z.strictObject({ name: z.string(), reason: z.string(), damaged: z.boolean() });
type Unread = z.infer<typeof Unread>;

/** What one part of the reading came to. */
export const HydrateReport = z.strictObject({
  /** About how many bytes it read, and how many the server has in all. */
  readBytes: z.number(),
  totalBytes: z.number(),
  seconds: z.number(),
  next: z.optional(ReadPlace),
  /** How many tables and indexes were not read, and the first of them. */
  unreadCount: z.int(),
  unread: z.array(Unread),
});
export type HydrateReport = z.infer<typeof HydrateReport>;

/** How far a restored database has been read whole, all parts together. */
export const Hydration = z.strictObject({
  readBytes: z.number(),
  totalBytes: z.number(),
  parts: z.int(),
  /** Of reading alone, without what lies between parts. */
  seconds: z.number(),
  unreadCount: z.int(),
  unread: z.array(Unread),
  /** Why the rest was left unread, where it was. */
  stopped: z.optional(z.string()),
});
export type Hydration = z.infer<typeof Hydration>;

/** The first few of what was not read, what is damaged before what only may not be read: a fact holds no thousands. */
export function worstOf(unread: readonly Unread[]): Unread[] {
  return unread.toSorted((a, b) => Number(b.damaged) - Number(a.damaged)).slice(0, 10);
}

/** All parts so far and one more. */
export function added(sum: Hydration | undefined, part: HydrateReport): Hydration {
  const { readBytes, seconds, unreadCount, unread } = part;
  return {
    readBytes: (sum?.readBytes ?? 0) + readBytes,
    totalBytes: Math.max(sum?.totalBytes ?? 0, part.totalBytes),
    parts: (sum?.parts ?? 0) + 1,
    seconds: (sum?.seconds ?? 0) + seconds,
    unreadCount: (sum?.unreadCount ?? 0) + unreadCount,
    unread: worstOf([...(sum?.unread ?? []), ...unread]),
  };
}
