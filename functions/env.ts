import * as z from "zod/mini";
import { Problem } from "./core/problem.ts";

/**
 * Every environment variable that a function reads, once. infra sets them (constructs/task.ts), world.ts
 * reads them. AWS_REGION, LAMBDA_TASK_ROOT and, for the stand-in, AWS_ENDPOINT_URL are Lambda's and the SDK's own.
 */
export const Env = z.object({
  AWS_REGION: z.string(),
  /** The folder of the bundle, where `environment.json` lies beside the code. */
  LAMBDA_TASK_ROOT: z.string(),
  /** The ARN of this region's vault key: copies are encrypted with it, and checked against it. */
  HOLDFAST_VAULT_KEY_ARN: z.string(),
  HOLDFAST_PAGE_TOPIC_ARN: z.string(),
  HOLDFAST_NOTIFY_TOPIC_ARN: z.string(),
  /** Of functions that restore for a drill: the security group of what they restore. */
  HOLDFAST_SCRATCH_SECURITY_GROUP_ID: z.optional(z.string()),
  /** Of functions that tell people: where this region's API answers, so that a message can link to it. */
  HOLDFAST_API_URL: z.optional(z.string()),
  /** Of the API: whose tokens it takes, as JSON (core/environment.ts, SignIn). */
  HOLDFAST_SIGN_IN: z.optional(z.string()),
});
export type Env = z.infer<typeof Env>;

/** The variables that infra sets itself; the others come from Lambda. */
export type HoldfastVariables = Record<
  "HOLDFAST_VAULT_KEY_ARN" | "HOLDFAST_PAGE_TOPIC_ARN" | "HOLDFAST_NOTIFY_TOPIC_ARN",
  string
> & { HOLDFAST_SCRATCH_SECURITY_GROUP_ID?: string; HOLDFAST_API_URL?: string; HOLDFAST_SIGN_IN?: string };

/** Reads the variables. Throws `Problem` invalid naming those that are missing. */
export function readEnv(variables: Record<string, string | undefined>): Env {
  const parsed = Env.safeParse(variables);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new Problem(
    "invalid",
    `the environment variables ${missing} are not set`,
    "Deploy again: the stack sets them.",
  );
}
