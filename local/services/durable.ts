import { AwsError, type Twin } from "../twin.ts";
import { applyUpdates, readCallbackId, type Update } from "./durable-checkpoint.ts";
import { DurableRunner, type Means, tokenOf, told } from "./durable-runner.ts";
import { statePage } from "./durable-shapes.ts";
import {
  change,
  type ErrorObject,
  type Execution,
  elapse,
  invalid,
  type Operation,
  payload,
  tell,
} from "./durable-state.ts";
import { newId } from "./ids.ts";
import type { Target } from "./lambda-functions.ts";

/**
 * Durable executions: their names, their operations as the functions checkpoint them, and the answers to their
 * callbacks (Lambda developer guide, durable functions).
 */
export class DurableExecutions {
  readonly #twin: Twin;
  /** What runs them. */
  readonly runner: DurableRunner;
  readonly #executions = new Map<string, Execution>();
  readonly #hurry: number;

  /** `hurry`: a wait or a pause before the next attempt takes this fraction of what was asked for, but 1 s at least. */
  constructor(twin: Twin, means: Means, hurry = 1) {
    this.#twin = twin;
    this.runner = new DurableRunner(twin, means);
    this.#hurry = hurry;
  }

  /**
   * Starts an execution. One of the same name, under way or ended, is given back if its payload is the same, byte
   * for byte; else the name is taken (developer guide, idempotency).
   */
  start({ spec, version }: Target, region: string, asked: { name?: string; input: string }): Execution {
    const { name = newId(), input } = asked;
    const known = this.all(region).find((one) => one.name === name);
    if (known && known.functionArn === spec.arn && known.input === input) return known;
    if (known)
      throw new AwsError(
        "DurableExecutionAlreadyStartedException",
        `Execution already started: ${known.arn}`,
        409,
      );
    const startMs = this.#now();
    const execution: Execution = {
      arn: `${spec.arn}:${version}/durable-execution/${name}/${newId()}`,
      ...{ name, region, functionArn: spec.arn, version, input, status: "RUNNING", startMs },
      timeoutSeconds: spec.durable?.executionTimeoutSeconds ?? 0,
      retentionDays: spec.durable?.retentionDays ?? 14,
      operations: [{ id: newId(), type: "EXECUTION", status: "STARTED", startMs, input }],
      ...{ history: [], changed: [], invocation: 0, checkpoint: 0, invoked: true, failures: 0 },
    };
    const { timeoutSeconds } = execution;
    const details = { Input: payload(input), ExecutionTimeout: timeoutSeconds };
    tell(execution, "ExecutionStarted", startMs, details, execution.operations[0]);
    this.#executions.set(execution.arn, execution);
    void this.runner.invoke(execution);
    return execution;
  }

  /** Those of a region whose retention is not over. */
  all(region: string): Execution[] {
    return this.save().filter((one) => one.region === region);
  }

  /** The execution of this ARN. Throws `AwsError`. */
  find(arn: unknown): Execution {
    const found = this.#executions.get(String(arn));
    if (!found || !this.all(found.region).includes(found))
      throw new AwsError("ResourceNotFoundException", "Durable Execution does not exist", 404);
    return found;
  }

  /** CheckpointDurableExecution: applies the updates and tells what else has changed. */
  checkpoint(arn: unknown, token: unknown, updates: Update[]) {
    const execution = this.#current(arn, token);
    applyUpdates(
      execution,
      this.#hurry === 1 ? updates : updates.map((one) => this.#hurried(one)),
      this.#now(),
    );
    elapse(execution, this.#now());
    execution.checkpoint += 1;
    const Operations = told(execution);
    if (execution.status !== "RUNNING") this.runner.over(execution);
    else this.runner.arm(execution);
    const open = execution.status === "RUNNING" ? { CheckpointToken: tokenOf(execution) } : {};
    return { ...open, NewExecutionState: { Operations } };
  }

  #hurried({ WaitOptions, StepOptions, ...update }: Update): Update {
    const less = (seconds: number) => Math.max(1, Math.ceil(seconds * this.#hurry));
    const { WaitSeconds } = WaitOptions ?? {};
    const { NextAttemptDelaySeconds } = StepOptions ?? {};
    return {
      ...update,
      ...(WaitSeconds ? { WaitOptions: { WaitSeconds: less(WaitSeconds) } } : {}),
      ...(NextAttemptDelaySeconds
        ? { StepOptions: { NextAttemptDelaySeconds: less(NextAttemptDelaySeconds) } }
        : {}),
    };
  }

  /** GetDurableExecutionState: a page of what a replay needs. */
  state(arn: unknown, token: unknown, page: { Marker?: string; MaxItems?: number }) {
    return statePage(this.#current(arn, token), page);
  }

  /** SendDurableExecutionCallbackSuccess and Failure. */
  answer(
    callbackId: unknown,
    changes: { status: "SUCCEEDED" | "FAILED"; result?: string; error?: ErrorObject },
  ) {
    const { execution, operation } = this.#callback(callbackId);
    const { status, ...outcome } = changes;
    delete operation.dueMs;
    delete operation.heartbeatMs;
    change(execution, operation, { status, endMs: this.#now(), ...outcome });
    const details =
      status === "SUCCEEDED" ? { Result: payload(outcome.result) } : { Error: payload(outcome.error) };
    const type = status === "SUCCEEDED" ? "CallbackSucceeded" : "CallbackFailed";
    tell(execution, type, this.#now(), details, operation);
    this.runner.wake(execution);
  }

  /** SendDurableExecutionCallbackHeartbeat. */
  heartbeat(callbackId: unknown): void {
    const { execution, operation } = this.#callback(callbackId);
    const { heartbeatSeconds } = operation;
    if (heartbeatSeconds === undefined) return;
    operation.heartbeatMs = this.#now() + heartbeatSeconds * 1_000;
    this.runner.arm(execution);
  }

  /** StopDurableExecution: an invocation under way can checkpoint no more, and there is no other. */
  stop(arn: unknown, error: ErrorObject): number {
    const execution = this.find(arn);
    this.runner.close(execution, "STOPPED", { error });
    return execution.endMs ?? this.#now();
  }

  save(): Execution[] {
    const now = this.#now();
    const kept = ({ endMs = Infinity, retentionDays }: Execution) => now < endMs + retentionDays * 86_400_000;
    return [...this.#executions.values()].filter(kept);
  }

  load(executions: Execution[]): void {
    for (const execution of executions) this.#executions.set(execution.arn, execution);
  }

  /** Goes on with what was under way when the stand-in ended. */
  resume(): void {
    for (const execution of this.#executions.values()) this.runner.resume(execution);
  }

  /** The execution, if the token is its latest. The message is the one by which the SDK tells it from other faults. */
  #current(arn: unknown, token: unknown): Execution {
    const execution = this.find(arn);
    if (execution.status === "RUNNING" && execution.invoked && token === tokenOf(execution)) return execution;
    throw invalid("Invalid Checkpoint Token");
  }

  #callback(callbackId: unknown): { execution: Execution; operation: Operation } {
    const { arn, operationId } = readCallbackId(callbackId);
    const execution = this.find(arn);
    elapse(execution, this.#now());
    const operation = execution.operations.find(({ id }) => id === operationId);
    if (operation?.status === "STARTED" && execution.status === "RUNNING") return { execution, operation };
    const message = "The callback is either timed out or already completed";
    throw new AwsError("CallbackTimeoutException", message, 400);
  }

  #now(): number {
    return this.#twin.clock.now();
  }
}
