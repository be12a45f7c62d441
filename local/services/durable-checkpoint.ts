import { AwsError } from "../twin.ts";
import {
  change,
  close,
  type ErrorObject,
  type Execution,
  historyNames,
  invalid,
  type Operation,
  payload,
  tell,
} from "./durable-state.ts";

/** An update of an operation, as CheckpointDurableExecution takes it. */
export type Update = {
  Id: string;
  ParentId?: string;
  Name?: string;
  Type: Operation["type"] | "CHAINED_INVOKE";
  SubType?: string;
  Action: "START" | "SUCCEED" | "FAIL" | "RETRY" | "CANCEL";
  Payload?: string;
  Error?: ErrorObject;
  ContextOptions?: { ReplayChildren?: boolean };
  StepOptions?: { NextAttemptDelaySeconds?: number };
  WaitOptions?: { WaitSeconds?: number };
  CallbackOptions?: { TimeoutSeconds?: number; HeartbeatTimeoutSeconds?: number };
};

/** Operations of one execution, at most; each attempt and each poll counts (Lambda quotas). */
const maxOperations = 3_000;
const longestSeconds = 31_622_400;

/** Applies the updates of one checkpoint, all or none. Throws `AwsError` for one that its operation does not admit. */
export function applyUpdates(execution: Execution, updates: Update[], nowMs: number): void {
  const undo = undoing(execution, updates);
  try {
    updates.forEach((update, at) => {
      if (update.Type === "EXECUTION" && at < updates.length - 1)
        throw invalid("EXECUTION checkpoint must be the last update.");
      apply(execution, update, nowMs);
    });
    const attempts = execution.operations.reduce((sum, { attempt = 1 }) => sum + Math.max(1, attempt), 0);
    if (attempts > maxOperations && execution.status === "RUNNING")
      throw invalid(`The durable execution exceeds ${maxOperations} operations.`);
  } catch (thrown) {
    undo();
    throw thrown;
  }
}

/** Takes back whatever the updates do; a copy of all would make long executions slow. */
function undoing(execution: Execution, updates: Update[]): () => void {
  const { operations, history, changed } = execution;
  const [operationCount, eventCount, changedBefore] = [operations.length, history.length, [...changed]];
  const ids = new Set(updates.map(({ Id }) => Id));
  const copies = operations.flatMap((operation, at) =>
    ids.has(operation.id) ? [[at, { ...operation }] as const] : [],
  );
  return () => {
    for (const [at, copy] of copies) operations[at] = copy;
    operations.length = operationCount;
    history.length = eventCount;
    execution.changed = changedBefore;
  };
}

function apply(execution: Execution, update: Update, nowMs: number): void {
  const { Id, ParentId, Name, Type, SubType, Action } = update;
  if (Type === "CHAINED_INVOKE")
    // 400: any other status would have the SDK try it again for ever.
    throw new AwsError("NotEmulated", "not emulated: chained invocations", 400);
  if (!actions[Type]?.includes(Action)) throw invalid("Invalid action for the given operation type.");
  if (Action === "FAIL" && update.Payload !== undefined)
    throw invalid("Cannot provide a Payload for FAIL action.");
  if (Action === "SUCCEED" && update.Error !== undefined)
    throw invalid("Cannot provide an Error for SUCCEED action.");
  if (Type === "EXECUTION") {
    const outcome = { ...result(update), ...error(update) };
    close(execution, Action === "SUCCEED" ? "SUCCEEDED" : "FAILED", nowMs, outcome);
    return;
  }
  const parent = execution.operations.find(({ id }) => id === ParentId);
  if (ParentId !== undefined && parent?.type !== "CONTEXT") throw invalid("Invalid parent operation id.");
  const known = execution.operations.find(({ id }) => id === Id);
  if (known ? !admitted(known, Type, Action) : Action === "CANCEL")
    throw invalid(`Invalid current ${Type} state for ${Action}.`);
  const operation: Operation = known ?? {
    id: Id,
    type: Type,
    status: "STARTED",
    startMs: nowMs,
    ...(ParentId === undefined ? {} : { parentId: ParentId }),
    ...(Name === undefined ? {} : { name: Name }),
    ...(SubType === undefined ? {} : { subType: SubType }),
  };
  if (!known) execution.operations.push(operation);
  if (Action === "START") start(execution, operation, update, nowMs);
  else if (Action === "RETRY") retry(execution, operation, update, nowMs);
  else end(execution, operation, update, nowMs);
}

const actions: Record<Operation["type"], Update["Action"][]> = {
  EXECUTION: ["SUCCEED", "FAIL"],
  CONTEXT: ["START", "SUCCEED", "FAIL"],
  STEP: ["START", "SUCCEED", "FAIL", "RETRY"],
  WAIT: ["START", "CANCEL"],
  CALLBACK: ["START", "CANCEL"],
};

/** Whether an operation that is there already may take the action. */
function admitted({ type, status }: Operation, given: string, action: Update["Action"]): boolean {
  if (type !== given) return false;
  if (action === "START") return type === "STEP" && status === "READY";
  return status === "STARTED" || (type === "STEP" && status === "READY");
}

function start(execution: Execution, operation: Operation, update: Update, nowMs: number): void {
  const details: Record<string, unknown> = {};
  const changes: Partial<Operation> = { status: "STARTED" };
  if (operation.type === "WAIT") {
    const seconds = update.WaitOptions?.WaitSeconds ?? 0;
    if (seconds < 1 || seconds > longestSeconds) throw invalid(`Invalid WaitSeconds ${seconds}.`);
    changes.dueMs = nowMs + seconds * 1_000;
    Object.assign(details, { Duration: seconds, ScheduledEndTimestamp: new Date(changes.dueMs) });
  } else if (operation.type === "CALLBACK") {
    const { TimeoutSeconds: timeout, HeartbeatTimeoutSeconds: heartbeat } = update.CallbackOptions ?? {};
    changes.callbackId = callbackId(execution.arn, operation.id);
    // 0, like none, is without limit.
    if (timeout) changes.dueMs = nowMs + timeout * 1_000;
    if (heartbeat)
      Object.assign(changes, { heartbeatSeconds: heartbeat, heartbeatMs: nowMs + heartbeat * 1_000 });
    Object.assign(details, { CallbackId: changes.callbackId, Timeout: timeout, HeartbeatTimeout: heartbeat });
  }
  change(execution, operation, changes);
  tell(execution, `${names[operation.type]}Started`, nowMs, details, operation);
}

function retry(execution: Execution, operation: Operation, update: Update, nowMs: number): void {
  const seconds = update.StepOptions?.NextAttemptDelaySeconds;
  if (seconds === undefined || seconds < 1 || seconds > longestSeconds)
    throw invalid("Invalid StepOptions for the given action.");
  if (update.Error !== undefined && update.Payload !== undefined)
    throw invalid("Cannot provide both error and payload to RETRY a STEP.");
  const attempt = (operation.attempt ?? 0) + 1;
  delete operation.result;
  delete operation.error;
  change(execution, operation, {
    status: "PENDING",
    attempt,
    dueMs: nowMs + seconds * 1_000,
    ...result(update),
    ...error(update),
  });
  const RetryDetails = { CurrentAttempt: attempt, NextAttemptDelaySeconds: seconds };
  const failed = update.Error !== undefined;
  const details = failed ? { Error: payload(update.Error) } : { Result: payload(update.Payload) };
  tell(execution, failed ? "StepFailed" : "StepSucceeded", nowMs, { ...details, RetryDetails }, operation);
}

function end(execution: Execution, operation: Operation, update: Update, nowMs: number): void {
  const status = ({ SUCCEED: "SUCCEEDED", FAIL: "FAILED", CANCEL: "CANCELLED" } as const)[
    update.Action as "SUCCEED" | "FAIL" | "CANCEL"
  ];
  const step = operation.type === "STEP";
  if (step) operation.attempt = (operation.attempt ?? 0) + 1;
  delete operation.result;
  delete operation.error;
  delete operation.dueMs;
  change(execution, operation, {
    status,
    endMs: nowMs,
    ...result(update),
    ...error(update),
    ...(update.ContextOptions?.ReplayChildren ? { replayChildren: true } : {}),
  });
  const details = {
    ...(status === "SUCCEEDED" ? { Result: payload(update.Payload) } : { Error: payload(update.Error) }),
    ...(step ? { RetryDetails: { CurrentAttempt: operation.attempt } } : {}),
  };
  tell(execution, `${names[operation.type]}${historyNames[status]}`, nowMs, details, operation);
}

const names = {
  EXECUTION: "Execution",
  CONTEXT: "Context",
  STEP: "Step",
  WAIT: "Wait",
  CALLBACK: "Callback",
};

const result = ({ Payload }: Update) => (Payload === undefined ? {} : { result: Payload });
const error = ({ Error: thrown }: Update) => (thrown === undefined ? {} : { error: thrown });

/** The id of a callback: it names its execution, against whose ARN a call with it is authorized. */
export function callbackId(arn: string, operationId: string): string {
  return Buffer.from(JSON.stringify({ arn, operationId })).toString("base64url");
}

/** The execution and the operation that a callback id names. Throws `AwsError` for one that was never given out. */
export function readCallbackId(id: unknown): { arn: string; operationId: string } {
  try {
    const { arn, operationId } = JSON.parse(Buffer.from(String(id), "base64url").toString());
    if (typeof arn === "string" && typeof operationId === "string") return { arn, operationId };
  } catch {
    // Not one of ours.
  }
  throw invalid("Invalid callback id");
}
