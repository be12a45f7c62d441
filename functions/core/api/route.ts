import * as z from "zod/mini";

/** What somebody may do: a viewer looks, an operator acts on copies, an admin on what is protected. Each may all before it. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Whether who has a role may do what asks for another. */
export function mayAct(has: Role, needs: Role): boolean {
  return roles.indexOf(has) >= roles.indexOf(needs);
}

/**
 * What is known of what somebody may do: their role, or `iam` of who signed with an AWS identity. IAM has let that one
 * take the route that was asked for, and tells nobody which others it would.
 */
export const standings = [...roles, "iam"] as const;
export type Standing = (typeof standings)[number];

/** Whether who stands so may do what asks for a role, as far as that is for the API to decide. */
export function mayTake(standing: Standing, needs: Role): boolean {
  return standing === "iam" || mayAct(standing, needs);
}

/** One route: who may take it, what goes in and what comes out. Its name in the table is its operation id. */
export type Route = {
  method: "GET" | "POST";
  /** Below the API's prefix, with parameters as API Gateway writes them: `/sources/{source}`. */
  path: string;
  role: Role;
  /** One sentence, for the OpenAPI document. */
  summary: string;
  /** The parameters of the path. */
  params: z.ZodMiniObject;
  query: z.ZodMiniObject;
  body: z.ZodMiniType;
  /** What is answered with `status`; of `text`, the media type instead of JSON. */
  answer: z.ZodMiniType;
  status: 200 | 201 | 202;
  text?: string;
};

const nothing = z.strictObject({});

/** A route with what most have left out: no parameters, no query, no body, 200. */
export function route<
  const R extends Partial<Route> & Pick<Route, "method" | "path" | "role" | "summary" | "answer">,
>(given: R): Route & R & Pick<Defaults, Exclude<keyof Defaults, keyof R>> {
  return { params: nothing, query: nothing, body: nothing, status: 200, ...given } as never;
}

type Defaults = { params: typeof nothing; query: typeof nothing; body: typeof nothing; status: 200 };

/** Page by page: `next` of one answer is `cursor` of the next question; without it there is no more. */
export const pageQuery = {
  cursor: z.optional(z.string().check(z.maxLength(1_024))),
  /** How many at most, 1 to 200; 50 if it is left out. In a query it is text. */
  limit: z.optional(z.string().check(z.regex(/^([1-9]|[1-9]\d|1\d\d|200)$/))),
};

/** A page of a list. */
export function pageOf<T extends z.ZodMiniType>(item: T) {
  return z.strictObject({ items: z.array(item), next: z.optional(z.string()) });
}

/** A source's name, in a path. */
export const sourceParam = { source: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,62}$/)) };

/** A problem as RFC 9457 has it. `code` and `fix` are Holdfast's. */
export const ProblemAnswer = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.optional(z.string()),
  code: z.string(),
  fix: z.string(),
});
export type ProblemAnswer = z.infer<typeof ProblemAnswer>;
