import type { ProblemAnswer } from "../core/api/route.ts";
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

function forOutside(problem: Problem): Problem {
  const { code, cause } = problem;
  if (code === "internal") return internal;
  // Without a cause it is our own sentence about what was asked.
  if (cause === undefined) return problem;
  switch (code) {
    case "access-denied":
      return internal;
    case "throttled":
    case "unavailable":
      return new Problem(code, "Something that this needs did not answer", "Try again in a minute.");
    case "not-found":
      return new Problem(code, "There is no such thing", "Look at the list that it should be in.");
    case "invalid":
      // A fact that cannot be read is no mistake of who asks; what AWS finds wrong with a request is.
      return cause instanceof Error && "$metadata" in cause ? problem : internal;
    default:
      return problem;
  }
}

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
  damaged: "It is not what was recorded",
  unsupported: "That is not supported",
  internal: "Something went wrong here",
};
