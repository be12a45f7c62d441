import { AwsError } from "../twin.ts";

/** An error in the API's shape. */
export type ErrorObject = {
  ErrorType?: string;
  ErrorMessage?: string;
  ErrorData?: string;
  StackTrace?: string[];
};

/** One operation of an execution. Instants are ms since 1970. */
export type Operation = {
  id: string;
  parentId?: string;
  name?: string;
  type: "EXECUTION" | "CONTEXT" | "STEP" | "WAIT" | "CALLBACK";
  subType?: string;
  status: "STARTED" | "PENDING" | "READY" | "SUCCEEDED" | "FAILED" | "CANCELLED" | "TIMED_OUT";
  startMs: number;
  endMs?: number;
  /** When a wait ends, a step is tried again, or a callback times out. */
  dueMs?: number;
  /** Of a step: attempts that have ended. */
  attempt?: number;
  /** Of a callback that must give signs of life: how often, and when the next one is due. */
  heartbeatSeconds?: number;
  heartbeatMs?: number;
  callbackId?: string;
  /** Of a context: its children are needed on replay, because its result was too large to keep. */
  replayChildren?: boolean;
  input?: string;
  result?: string;
  error?: ErrorObject;
};

/** An event of the history; its details are in the shape of the API, under `<type>Details`. */
export type HistoryEvent = {
  type: string;
  id?: string;
  name?: string;
  parentId?: string;
  subType?: string;
  atMs: number;
  details: Record<string, unknown>;
};

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED";

/** A durable execution with all that is kept of it. */
export type Execution = {
  arn: string;
  name: string;
  region: string;
  functionArn: string;
  /** The version that each of its invocations runs. */
  version: string;
  input: string;
  status: ExecutionStatus;
  startMs: number;
  endMs?: number;
  timeoutSeconds: number;
  retentionDays: number;
  result?: string;
  error?: ErrorObject;
  operations: Operation[];
  history: HistoryEvent[];
  /** Operations that changed since the function was last told of them. */
  changed: string[];
  /** How often it was invoked, and how often it has checkpointed in this invocation: what a token stands for. */
  invocation: number;
  checkpoint: number;
  /** Whether an invocation is under way. */
  invoked: boolean;
  /** Invocations in a row that ended in an error, and when the next is tried. */
  failures: number;
  retryMs?: number;
};

/** Changes an operation and notes it for the function. */
export function change(execution: Execution, operation: Operation, changes: Partial<Operation>): void {
  Object.assign(operation, changes);
  if (!execution.changed.includes(operation.id)) execution.changed.push(operation.id);
}

/** Appends to the history. */
export function tell(
  execution: Execution,
  type: string,
  atMs: number,
  details: Record<string, unknown>,
  of?: Operation,
): void {
  const about = of && {
    id: of.id,
    ...(of.name === undefined ? {} : { name: of.name }),
    ...(of.parentId === undefined ? {} : { parentId: of.parentId }),
    ...(of.subType === undefined ? {} : { subType: of.subType }),
  };
  execution.history.push({ type, atMs, details, ...about });
}

/** Ends an execution; the first end stays. */
export function close(
  execution: Execution,
  status: Exclude<ExecutionStatus, "RUNNING">,
  atMs: number,
  outcome: { result?: string; error?: ErrorObject } = {},
): void {
  if (execution.status !== "RUNNING") return;
  Object.assign(execution, { status, endMs: atMs, ...outcome });
  const details =
    status === "SUCCEEDED" ? { Result: payload(outcome.result) } : { Error: payload(outcome.error) };
  tell(execution, `Execution${historyNames[status]}`, atMs, details, execution.operations[0]);
}

/** What the history calls each end. */
export const historyNames = {
  SUCCEEDED: "Succeeded",
  FAILED: "Failed",
  TIMED_OUT: "TimedOut",
  STOPPED: "Stopped",
  CANCELLED: "Cancelled",
} as const;

/** A payload as the history's details wrap it. */
export function payload(given: unknown): { Payload?: unknown; Truncated: boolean } {
  return { ...(given === undefined ? {} : { Payload: given }), Truncated: false };
}

/** Lets time have its effect on the operations: waits end, retries come due, callbacks time out. */
export function elapse(execution: Execution, nowMs: number): void {
  for (const operation of execution.operations) {
    const { type, status, dueMs = Infinity, heartbeatMs = Infinity } = operation;
    if (type === "WAIT" && status === "STARTED" && dueMs <= nowMs) {
      change(execution, operation, { status: "SUCCEEDED", endMs: nowMs });
      tell(execution, "WaitSucceeded", nowMs, { Duration: (dueMs - operation.startMs) / 1_000 }, operation);
    } else if (type === "STEP" && status === "PENDING" && dueMs <= nowMs) {
      change(execution, operation, { status: "READY" });
    } else if (type === "CALLBACK" && status === "STARTED" && Math.min(dueMs, heartbeatMs) <= nowMs) {
      const ErrorMessage = dueMs <= nowMs ? "Callback timed out" : "Callback timed out on heartbeat";
      const error = { ErrorMessage };
      change(execution, operation, { status: "TIMED_OUT", endMs: nowMs, error });
      tell(execution, "CallbackTimedOut", nowMs, { Error: payload(error) }, operation);
    }
  }
}

/** The next instant at which time has an effect. */
export function nextDue({ operations, startMs, timeoutSeconds, retryMs }: Execution): number {
  const due = operations.flatMap(({ type, status, dueMs, heartbeatMs }) => {
    const waits = status === (type === "STEP" ? "PENDING" : "STARTED");
    return waits ? [dueMs ?? Infinity, heartbeatMs ?? Infinity] : [];
  });
  return Math.min(startMs + timeoutSeconds * 1_000, retryMs ?? Infinity, ...due);
}

/** An `AwsError` for what the caller got wrong. */
export function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message, 400);
}
