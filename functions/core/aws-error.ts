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

/** RDS's errors as `Problem`s: quota and state errors may be repeated later. */
export function rdsProblem(thrown: unknown, what: string): Problem {
  if (thrown instanceof Problem) return thrown;
  const name = thrown instanceof Error ? thrown.name : "";
  const said = `${what}: AWS answered ${name} (${thrown instanceof Error ? thrown.message : thrown})`;
  if (name.startsWith("SnapshotQuotaExceeded"))
    return new Problem("quota", said, "Raise the quota, or delete old manual snapshots.", thrown);
  if (/QuotaExceeded|^Insufficient\w*Capacity/.test(name))
    return new Problem("quota", said, "Raise the quota, or delete what is no longer needed.", thrown);
  if (/^Invalid\w*State(Fault)?$/.test(name))
    return new Problem("conflict", said, "It is tried again later.", thrown);
  if (name.startsWith("KMSKeyNotAccessible"))
    return new Problem("access-denied", said, "Give the role the right to use the KMS key.", thrown);
  if (/^(InvalidParameter(Value|Combination)|InvalidRestore|PointInTimeRestoreNotEnabled)/.test(name))
    return new Problem(
      "invalid",
      said,
      "Correct what was asked for; AWS says what is wrong with it.",
      thrown,
    );
  return awsProblem(thrown, what);
}
