/**
 * Every way in which Holdfast says no: one class, one table of codes.
 * The table maps a code to what the outside needs: HTTP status, exit code of the CLI, whether trying
 * again can help, and the anchor of its section in docs/runbook.md.
 */
export const problemCodes = {
  invalid: { httpStatus: 400, exitCode: 2, retryable: false, runbook: "invalid" },
  "not-found": { httpStatus: 404, exitCode: 3, retryable: false, runbook: "not-found" },
  "access-denied": { httpStatus: 403, exitCode: 4, retryable: false, runbook: "access-denied" },
  conflict: { httpStatus: 409, exitCode: 5, retryable: true, runbook: "conflict" },
  quota: { httpStatus: 409, exitCode: 5, retryable: true, runbook: "quota" },
  throttled: { httpStatus: 429, exitCode: 6, retryable: true, runbook: "throttled" },
  unavailable: { httpStatus: 503, exitCode: 6, retryable: true, runbook: "unavailable" },
  broken: { httpStatus: 502, exitCode: 6, retryable: true, runbook: "broken" },
  timeout: { httpStatus: 504, exitCode: 6, retryable: true, runbook: "timeout" },
  damaged: { httpStatus: 422, exitCode: 7, retryable: false, runbook: "damaged" },
  unsupported: { httpStatus: 422, exitCode: 8, retryable: false, runbook: "unsupported" },
  internal: { httpStatus: 500, exitCode: 70, retryable: false, runbook: "internal" },
} as const satisfies Record<string, ProblemTraits>;

/** What the outside needs to know of a code. `exitCode` 1 is kept for "a source is out of its RPO". */
export type ProblemTraits = {
  httpStatus: number;
  exitCode: number;
  retryable: boolean;
  runbook: string;
};

/** A code of the table above. */
export type ProblemCode = keyof typeof problemCodes;

/**
 * The one error that Holdfast throws on purpose. `message` is one sentence that says what is wrong, with
 * the value; `fix` is one sentence that says what to do. Neither ever holds a secret.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly fix: string;

  constructor(code: ProblemCode, message: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.fix = fix;
  }

  /** Whether the same call may succeed later with nothing changed. */
  get retryable(): boolean {
    return problemCodes[this.code].retryable;
  }
}

/** The problem itself, or an `internal` one around anything else that was thrown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem("internal", message, "Report this with the log lines around it.", thrown);
}
