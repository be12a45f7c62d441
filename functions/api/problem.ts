import type { Caller } from "../core/api/caller.ts";
import type { ProblemAnswer } from "../core/api/route.ts";
import { awsProblem } from "../core/aws-error.ts";
import { asProblem, Problem, problemCodes } from "../core/problem.ts";

/**
 * A problem as RFC 9457 has it. What AWS said, and whatever was thrown that is no `Problem`, is for the log: it names
 * buckets, roles and hosts, which are no business of who asks. `instance` finds it there.
 */
export function problemAnswer(thrown: unknown, requestId: string): ProblemAnswer {
  const problem = forOutside(asProblem(thrown));
  const { code, message, fix } = problem;
  return {
    // No address that anybody must keep alive; the runbook has a section of the same name.
    type: `urn:holdfast:problem:${problemCodes[code].runbook}`,
    title: titles[code],
    status: problemCodes[code].httpStatus,
    detail: message,
    instance: `urn:request:${requestId}`,
    code,
    fix,
  };
}

/** A problem as anybody may be told of it who may use the API. */
export function forOutside(problem: Problem): Problem {
  const { code, cause } = problem;
  // What AWS said and nobody has translated is AWS's all the same.
  if (code === "internal") return isOfAws(cause) ? forOutside(awsProblem(cause, "")) : internal;
  // Without a cause it is our own sentence about what was asked.
  if (cause === undefined) return problem;
  switch (code) {
    case "access-denied":
      return internal;
    // Not who asks is too fast, but we are.
    case "throttled":
      return new Problem("unavailable", "Something that this needs takes no more now", later);
    case "unavailable":
      if (cause instanceof Error && cause.name === "TimeoutError") return late;
      return new Problem(code, "Something that this needs did not answer", later);
    case "not-found":
      // What this is made of is not there: no mistake of who asks either.
      if (cause instanceof Error && /^(NoSuchBucket|ResourceNotFoundException)$/.test(cause.name))
        return new Problem("broken", "Something that this needs is not there", lastsFix);
      return new Problem(code, "There is no such thing", "Look at the list that it should be in.");
    case "invalid":
      // A fact that cannot be read is no mistake of who asks; what AWS finds wrong with a request is.
      return cause instanceof Error && "$metadata" in cause ? problem : internal;
    default:
      return problem;
  }
}

/** What went wrong, as an answer tells it to whoever asked: who breaks the glass made the calls, and hears what AWS said. */
export function toldTo({ from }: Pick<Caller, "from">, thrown: unknown): Problem {
  const problem = asProblem(thrown);
  return from.through === "break-glass" ? problem : forOutside(problem);
}

/** Whether an AWS client has thrown it. One that it could not send at all has no status. */
function isOfAws(thrown: unknown): boolean {
  const { httpStatusCode } =
    (thrown as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata ?? {};
  const throttled = thrown instanceof Error && /Throttl|TooManyRequests|SlowDown/.test(thrown.name);
  return throttled || (httpStatusCode !== undefined && (httpStatusCode === 429 || httpStatusCode >= 500));
}

const later = "Try again in a minute, with the same idempotency key.";
const lastsFix = `${later} If it lasts, give the instance to those who run Holdfast.`;

/** What took so long may still be done, so that nobody should ask for it anew. */
export const late = new Problem("timeout", "It took longer than there is time for an answer", later);

const internal = new Problem(
  "internal",
  "Something went wrong here",
  "Give the instance to those who run Holdfast.",
);

const titles: Record<keyof typeof problemCodes, string> = {
  invalid: "The request is not right",
  "not-found": "There is no such thing",
  "access-denied": "You may not do that",
  conflict: "It is in conflict with something else",
  quota: "A quota is used up",
  throttled: "Too much is asked at once",
  unavailable: "It cannot be done now",
  broken: "Something that this needs has failed",
  timeout: "It took too long",
  damaged: "It is not what was recorded",
  unsupported: "That is not supported",
  internal: "Something went wrong here",
};
