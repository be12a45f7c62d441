import * as z from "zod/mini";

/**
 * What the console must know before anybody has signed in: `GET /config.json`, which is open. The console signs in
 * with authorization code and PKCE, comes back to `/signed-in` of the origin it was served from, and sends the access
 * token to `/web/v1/…` of the same origin.
 */
export const ConsoleConfig = z.strictObject({
  environment: z.string(),
  /** The region that serves this console. */
  region: z.string(),
  /** Absent where the environment has no issuer: then only the command line reaches the API. */
  signIn: z.optional(
    z.strictObject({
      issuer: z.string(),
      clientId: z.string(),
      /** Separated by spaces; "openid" is among them. */
      scope: z.string(),
      /** Some issuers give tokens for an API only to who names it. */
      audience: z.optional(z.string()),
      /** Origins besides the issuer's own that answer the browser: where the token endpoint is. */
      origins: z.optional(z.array(z.string())),
    }),
  ),
});
export type ConsoleConfig = z.infer<typeof ConsoleConfig>;

/** One file of the built console, as the list beside the files has it. */
const ConsoleFile = z.strictObject({
  /** Where it lies, below the list. */
  file: z.string(),
  type: z.string(),
  etag: z.string(),
  /** Its name has its digest: it never changes. */
  forever: z.boolean(),
  /** In which encodings it lies there too, smallest first, under its name with ".br" or ".gz". */
  encodings: z.array(z.enum(["br", "gzip"])),
});
export type ConsoleFile = z.infer<typeof ConsoleFile>;

/** `files.json`: every path that is served, with its file. What is not in it is not served. */
export const ConsoleFiles = z.record(z.string(), ConsoleFile);
export type ConsoleFiles = z.infer<typeof ConsoleFiles>;
