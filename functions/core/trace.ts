import * as z from "zod/mini";

/** What a pass of the reconciler leaves behind, in the place of the one before. It is a cache: losing it loses nothing but time. */
export const PassTrace = z.object({
  /** When it was over, ISO-8601 UTC. */
  at: z.string(),
  /** Since which pass artefacts were not seen whose facts are there, by `<source>/<point>`: ISO-8601 UTC. */
  unseen: z.optional(z.record(z.string(), z.string())),
});
export type PassTrace = z.infer<typeof PassTrace>;
