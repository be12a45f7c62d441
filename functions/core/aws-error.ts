import { Problem } from "./problem.ts";

/** What every AWS SDK error carries, read without importing a client. */
type SdkError = { name: string; message: string; $metadata?: { httpStatusCode?: number } };

const throttles = new Set([
  "Throttling",
  "ThrottlingException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
  "SlowDown",
  "RequestThrottled",
]);

/**
 * An AWS error as a `Problem`: throttled, access-denied, not-found, unavailable, else internal. `what` names
 * what the call was about. Providers and the catalog translate what is special to them first, then call this.
 */
export function awsProblem(thrown: unknown, what: string): Problem {
  if (thrown instanceof Problem) return thrown;
  const error = (thrown instanceof Error ? thrown : { name: "Unknown", message: String(thrown) }) as SdkError;
  const status = error.$metadata?.httpStatusCode ?? 0;
  const said = `${what}: AWS answered ${error.name} (${error.message})`;
  if (throttles.has(error.name)) return new Problem("throttled", said, "It is tried again later.", thrown);
  if (status === 403 || error.name.startsWith("AccessDenied")) {
    return new Problem(
      "access-denied",
      said,
      "Give the role the right to this resource, or to its KMS key.",
      thrown,
    );
  }
  if (status === 404 || error.name.includes("NotFound") || error.name.startsWith("NoSuch")) {
    return new Problem("not-found", said, "Check the name and the region.", thrown);
  }
  if (status >= 500 || status === 0)
    return new Problem("unavailable", said, "It is tried again later.", thrown);
  return new Problem("internal", said, "Report this with the log lines around it.", thrown);
}
