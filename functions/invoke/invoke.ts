import {
  GetDurableExecutionCommand,
  InvokeCommand,
  type LambdaClient,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from "@aws-sdk/client-lambda";
import { awsProblem } from "../core/aws-error.ts";
import type { Environment } from "../core/environment.ts";
import type { Execution, ExecutionEnd } from "../core/execution.ts";
import { durableAlias, functionName } from "../core/names.ts";
import { Problem } from "../core/problem.ts";

/** The environment's other functions, in the region of the client. Every method throws only `Problem`. */
export type Invoke = {
  /**
   * Asks a function and waits for its answer, as JSON: up to a quarter of an hour. What the function throws is
   * `internal`; an answer that is longer than Lambda takes (6 MB) is `unsupported`.
   */
  ask(task: string, input: unknown): Promise<unknown>;
  /**
   * Starts a durable execution under a name that is its own for ever. Repeatable: the same name with the same input is
   * the same execution, whether it is under way or over. Gives its ARN. Throws `invalid` if the name was used with
   * another input.
   */
  start(task: string, name: string, input: unknown): Promise<string | undefined>;
  /** How it stands with the execution of an ARN; whether it has a result is not asked. */
  execution(arn: string): Promise<Execution>;
  /** Answers who waits for a callback: with a value, or with why not. Throws `Problem` when nobody waits any more. */
  answer(callbackId: string, answer: { value: unknown } | { refused: string }): Promise<void>;
};

/** The functions of an environment. */
export function invokeAt(environment: Pick<Environment, "name">, client: LambdaClient): Invoke {
  return {
    async ask(task, input) {
      const name = functionName(environment, task);
      const command = new InvokeCommand({ FunctionName: name, Payload: bytes(input) });
      const answer = await client.send(command).catch((thrown) => {
        throw awsProblem(thrown, `function ${name}`);
      });
      const value: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || "null");
      if (answer.FunctionError) throw failed(name, value);
      return value;
    },
    async start(task, executionName, input) {
      const name = functionName(environment, task);
      const command = new InvokeCommand({
        FunctionName: name,
        // Durable functions are invoked by a version or an alias only.
        Qualifier: durableAlias,
        InvocationType: "Event",
        DurableExecutionName: executionName,
        Payload: bytes(input),
      });
      const started = await client.send(command).catch((thrown: unknown) => {
        if (thrown instanceof Error && thrown.name === "DurableExecutionAlreadyStartedException") {
          const what = `${executionName} was started already, with another input`;
          throw new Problem("invalid", what, "Follow that one, or start another later.", thrown);
        }
        throw awsProblem(thrown, `function ${name}`);
      });
      return started.DurableExecutionArn;
    },
    async execution(DurableExecutionArn) {
      try {
        const found = await client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
        const how = ends[found.Status ?? "RUNNING"];
        if (!how) return { state: "running" };
        const error = found.Error?.ErrorMessage;
        return {
          ...{ state: "ended", how },
          ...(found.EndTimestamp ? { endedAt: found.EndTimestamp.toISOString() } : {}),
          ...(error ? { error } : {}),
        };
      } catch (thrown) {
        const problem = awsProblem(thrown, "a durable execution");
        if (problem.code === "not-found") return { state: "ended", how: "forgotten" };
        throw problem;
      }
    },
    async answer(CallbackId, answer) {
      const call: Promise<unknown> =
        "value" in answer
          ? client.send(
              new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: bytes(answer.value) }),
            )
          : client.send(
              new SendDurableExecutionCallbackFailureCommand({
                CallbackId,
                Error: { ErrorType: "Refused", ErrorMessage: answer.refused },
              }),
            );
      await call.catch((thrown: unknown) => {
        const problem = awsProblem(thrown, "answering who waits");
        if (problem.retryable || problem.code === "access-denied") throw problem;
        const fix = "Look how it ended: holdfast restore status <id>.";
        throw new Problem("not-found", "nobody waits for that answer any more", fix, thrown);
      });
    },
  };
}

const ends: Partial<Record<string, ExecutionEnd>> = {
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timed-out",
  STOPPED: "stopped",
};

function bytes(input: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(input));
}

function failed(name: string, error: unknown): Problem {
  const { errorType = "", errorMessage = "" } = (error ?? {}) as {
    errorType?: string;
    errorMessage?: string;
  };
  if (errorType === "Function.ResponseSizeTooLarge")
    return new Problem(
      "unsupported",
      `${name} had more to answer than Lambda takes`,
      "Ask for less at once.",
    );
  return new Problem("internal", `${name} failed: ${errorMessage}`, `See the log of ${name}.`);
}
