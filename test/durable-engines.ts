import type { DurableExecutionClient, DurableExecutionInvocationInput } from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner, WaitingOperationStatus } from "@aws/durable-execution-sdk-js-testing";
import {
  GetDurableExecutionCommand,
  InvokeCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from "@aws-sdk/client-lambda";
import type { Context } from "aws-lambda";
import * as z from "zod/mini";
import { type Answer, errorFrom, parseKeptError, type Steps } from "../functions/core/workflow.ts";
import { durableTask } from "../functions/durable.ts";
import type { WorkflowWorld as World } from "../functions/workflow-world.ts";
import { VirtualClock } from "../local/clock.ts";
import { Durable } from "./durable.ts";
import { durablePlace } from "./local/durable-function.ts";

/** A workflow under test: it may ask for the time, which only its steps should. */
export type Tried<O> = (steps: Steps, nowMs: () => number) => Promise<O>;

/** What happens to an execution from outside. */
export type Around = {
  cancelled?: () => Promise<string | undefined>;
  /** What is answered to the callback of this name, once it is announced. */
  answers?: Record<string, Exclude<Answer, { outcome: "timed-out" }>>;
};

/** An implementation of `Steps`. Both throw the `Problem` that an execution ended with. */
export type Engine = {
  /** Runs a workflow to its end. */
  run<O>(workflow: Tried<O>, around?: Around): Promise<O>;
  /** Runs a workflow to its end, then once more on all that was kept, and gives what that came to. */
  replay<O>(workflow: Tried<O>, around?: Around): Promise<O>;
};

type Event = DurableExecutionInvocationInput & { durableExecutionClient: DurableExecutionClient };
type Handler = (event: Event, context: Context) => Promise<Ended>;
type Ended = { Status: string; Result?: string; Error?: { ErrorMessage?: string; ErrorData?: string } };

/** functions/durable.ts on AWS's own SDK, with AWS's own imitation of the service. */
export const onAws: Engine = {
  run: async (workflow, around) => (await onRunner(workflow, around)).outcome(),
  async replay<O>(workflow: Tried<O>, around?: Around): Promise<O> {
    const { handler, last, operations } = await onRunner<O>(workflow, around);
    const nothing = () => Promise.reject(new Error("a replay does nothing anew"));
    const event = Object.assign(Object.create(Object.getPrototypeOf(last.event)), last.event, {
      durableExecutionClient: { checkpoint: nothing, getExecutionState: nothing },
      InitialExecutionState: {
        Operations: [...last.event.InitialExecutionState.Operations.slice(0, 1), ...operations],
      },
    });
    const ended = await handler(event, last.context);
    return outcome<O>(ended.Status, ended.Result === undefined ? undefined : JSON.parse(ended.Result), {
      errorMessage: ended.Error?.ErrorMessage,
      errorData: ended.Error?.ErrorData,
    });
  },
};

async function onRunner<O>(workflow: Tried<O>, { cancelled, answers = {} }: Around = {}) {
  let skippedSeconds = 0;
  const world = { now: () => new Date(skippedSeconds * 1_000) } as World;
  const handler = durableTask(
    z.object({}),
    (_input, steps, { now }) => workflow(steps, () => now().getTime()),
    () => world,
    cancelled ? { cancelled } : {},
  ) as unknown as Handler;
  let last: { event: Event; context: Context } | undefined;
  const counted: Handler = (event, context) => {
    const client = event.durableExecutionClient;
    last ??= { event, context };
    // The runner skips waits and moves no clock: time is what was asked to be waited.
    event.durableExecutionClient = {
      getExecutionState: (...input) => client.getExecutionState(...input),
      checkpoint(input, ...rest) {
        for (const { StepOptions, WaitOptions } of input.Updates ?? [])
          skippedSeconds += StepOptions?.NextAttemptDelaySeconds ?? WaitOptions?.WaitSeconds ?? 0;
        return client.checkpoint(input, ...rest);
      },
    };
    return handler(event, context);
  };
  const runner = new LocalDurableTestRunner<O>({ handlerFunction: counted as never });
  const running = runner.run({ payload: {} });
  for (const [name, answer] of Object.entries(answers)) {
    const callback = await runner.getOperation(name).waitForData(WaitingOperationStatus.SUBMITTED);
    if (answer.outcome === "answered") await callback.sendCallbackSuccess(JSON.stringify(answer.value));
    else await callback.sendCallbackFailure({ ErrorMessage: answer.reason });
  }
  const execution = await running;
  if (!last) throw new Error("it was never invoked");
  return {
    handler,
    last,
    operations: execution.getOperations().map((operation) => operation.getOperationData()),
    outcome() {
      const status = execution.getStatus();
      if (status === "SUCCEEDED") return outcome<O>(status, execution.getResult());
      return outcome<O>(status, undefined, execution.getError());
    },
  };
}

function outcome<O>(
  status: string | undefined,
  result: O | undefined,
  {
    errorMessage = "",
    errorData,
  }: { errorMessage?: string | undefined; errorData?: string | undefined } = {},
): O {
  if (status === "SUCCEEDED") return result as O;
  const error = parseKeptError(errorMessage, errorData);
  throw error ? errorFrom(error) : new Error(errorMessage);
}

/** test/durable.ts, as tests and simulations of workflows use it. */
export const inMemory: Engine = {
  run: async (workflow, around) => (await finished(workflow, around)).result(),
  async replay<O>(workflow: Tried<O>, around: Around = {}): Promise<O> {
    const before = await finished(workflow, around);
    const clock = new VirtualClock();
    const saved = JSON.stringify({ ...JSON.parse(before.save()), status: "running" });
    return new Durable<O>((steps) => workflow(steps, () => clock.now()), { clock, saved }).finish();
  },
};

async function finished<O>(workflow: Tried<O>, { answers = {}, ...around }: Around = {}) {
  const clock = new VirtualClock();
  const execution = new Durable<O>((steps) => workflow(steps, () => clock.now()), { clock, ...around });
  for (const [name, answer] of Object.entries(answers)) {
    await execution.run();
    if (!execution.answer(`callback of ${name}`, answer)) throw new Error(`nobody waits for ${name}`);
  }
  await execution.finish().catch(() => {});
  return execution;
}

/** functions/durable.ts on AWS's own SDK, with the stand-in's Lambda behind it. */
export const onStandIn: Engine = {
  run: (workflow, around) => onTwin(workflow, around),
  // The last invocation is cut off after its last checkpoint, before its result is known: the next one replays all.
  replay: (workflow, around) => onTwin(workflow, around, { cutOff: true }),
};

async function onTwin<O>(
  workflow: Tried<O>,
  { cancelled, answers = {} }: Around = {},
  { cutOff = false }: { cutOff?: boolean } = {},
): Promise<O> {
  const clock = new VirtualClock();
  const world = { now: () => new Date(clock.now()) } as World;
  const { client, deploy, pass } = durablePlace(clock);
  const ids = new Map<string, string>();
  const handler = durableTask(
    z.object({}),
    (_input, steps) => workflow(noting(steps, ids), () => clock.now()),
    () => world,
    cancelled ? { cancelled } : {},
  );
  let left = cutOff ? 1 : 0;
  deploy(handler as never, { cut: (output) => (output as Ended).Status !== "PENDING" && left-- > 0 });
  const started = await client.send(
    new InvokeCommand({ FunctionName: "work:live", InvocationType: "Event", Payload: Buffer.from("{}") }),
  );
  const { DurableExecutionArn } = started;
  for (const [name, answer] of Object.entries(answers)) {
    const CallbackId = await pass(async () => ids.get(name));
    const { outcome } = answer;
    if (outcome === "answered") {
      const Result = Buffer.from(JSON.stringify(answer.value));
      await client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result }));
    } else {
      const refusal = { ErrorMessage: answer.reason };
      await client.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId, Error: refusal }));
    }
  }
  const ended = await pass(async () => {
    const asked = new GetDurableExecutionCommand({ DurableExecutionArn });
    const execution = await client.send(asked);
    return execution.Status === "RUNNING" ? undefined : execution;
  });
  const result = ended.Result === undefined ? undefined : (JSON.parse(ended.Result) as O);
  const { ErrorMessage, ErrorData } = ended.Error ?? {};
  return outcome<O>(ended.Status, result as O, { errorMessage: ErrorMessage, errorData: ErrorData });
}

/** The same steps, noting the ids of callbacks that were announced. */
function noting(steps: Steps, ids: Map<string, string>): Steps {
  return {
    ...steps,
    callback: (name, announce, timing) =>
      steps.callback(
        name,
        async (id) => {
          await announce(id);
          ids.set(name, id);
        },
        timing,
      ),
  };
}
