import * as z from "zod";
import { fields, matching } from "./fields.ts";

const issuerHint = 'an issuer of OpenID Connect, like "https://acme.okta.com/oauth2/default"';
const originsHint = 'the origins of the issuer\'s other addresses, like ["https://login.acme.example"]';
const https = (write: string) => matching(/^https:\/\/[a-z0-9.-]+(:\d+)?(\/[\w./~-]*)?$/i, write);

/** What an environment file says of who signs people in to the API and the console. */
export const SignInFile = fields(
  {
    /** Its `/.well-known/openid-configuration` says the rest. */
    issuer: https(issuerHint),
    /** What its tokens must be for: their `aud`. */
    audience: matching(/^[A-Za-z0-9][\w.:/@-]{0,254}$/, 'what tokens must be for, like "holdfast"'),
    /**
     * The claim that lists the roles of who signed in: viewer, operator, admin.
     * @default - "groups"
     */
    rolesClaim: matching(/^[A-Za-z][\w:./-]{0,254}$/, 'the name of a claim, like "groups"').optional(),
    /**
     * As which client the console signs people in.
     * @default - `audience`
     */
    clientId: matching(/^[A-Za-z0-9][\w.:/@-]{0,254}$/, "the console's client id at the issuer").optional(),
    /**
     * What the console asks for.
     * @default - "openid email"
     */
    scope: matching(/^openid( [\w.:/-]+)*$/, 'scopes with "openid" first, like "openid email"').optional(),
    /**
     * Origins besides the issuer's own that answer the browser, where its token endpoint is on another host.
     * @default - none
     */
    origins: z
      .array(https(originsHint), { error: originsHint })
      .min(1, { error: originsHint })
      .max(5, { error: "at most 5 origins" })
      .optional(),
  },
  'who signs people in, like { issuer: "https://acme.okta.com/oauth2/default", audience: "holdfast" }',
);
export type SignInFile = z.output<typeof SignInFile>;
