import { RestoreOrder } from "../../functions/core/restore.ts";
import { whyCancelled } from "../../functions/restore/record.ts";
import { carryOut } from "../../functions/restore/run.ts";
import type { WorkflowWorld as World } from "../../functions/workflow-world.ts";
import type { VirtualClock } from "../../local/clock.ts";
import type { Twin } from "../../local/twin.ts";
import { Durable } from "../durable.ts";

type Input = Record<string, unknown> & { Payload?: Uint8Array; Result?: Uint8Array };

/** The ARN of an execution by its name. */
export function arnOf(name: string): string {
  return `arn:aws:lambda:eu-west-1:000000000000:function:some:1/durable-execution/${name}/0`;
}

/** What GetDurableExecution says of an execution in memory. */
export function shownBy(executions: ReadonlyMap<string, Durable<unknown>>, input: Input) {
  const found = [...executions].find(([name]) => arnOf(name) === input.DurableExecutionArn)?.[1];
  if (found) return found.shown();
  throw Object.assign(new Error("no such execution"), { name: "ResourceNotFoundException" });
}

const json = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes ?? []).toString());

/**
 * Puts the function `restore` into a stand-in as far as the command speaks to it: executions by name in memory, and the
 * answers to their callbacks. `step` runs each of them as far as it gets.
 */
export function restoreFunction(twin: Twin, worlds: World[]) {
  const clock = twin.clock as VirtualClock;
  const executions = new Map<string, Durable<unknown>>();
  const answer = (given: Parameters<Durable<unknown>["answer"]>[1]) => (input: Input) => {
    const heard = [...executions.values()].some((one) => one.answer(String(input.CallbackId), given));
    if (heard) return {};
    throw Object.assign(new Error("no such callback"), { name: "ResourceNotFoundException" });
  };
  twin.register({
    name: "lambda",
    operations: {
      Invoke(input: Input, { region }) {
        const name = String(input.DurableExecutionName);
        const world = worlds.find((one) => one.region === region);
        const arn = arnOf(name);
        if (executions.has(name) || !world) return { StatusCode: 202, DurableExecutionArn: arn };
        const order = RestoreOrder.parse(json(input.Payload));
        const cancelled = async () =>
          order.do === "restore" ? whyCancelled(order.request, world) : undefined;
        const options = { clock, cancelled, arn };
        executions.set(name, new Durable((steps) => carryOut(order, steps, world), options));
        return { StatusCode: 202, DurableExecutionArn: arn };
      },
      GetDurableExecution: (input: Input) => shownBy(executions, input),
      SendDurableExecutionCallbackSuccess: (input: Input) =>
        answer({ outcome: "answered", value: json(input.Result) })(input),
      SendDurableExecutionCallbackFailure: (input: Input) =>
        answer({
          outcome: "refused",
          reason: String((input.Error as { ErrorMessage: string }).ErrorMessage),
        })(input),
    },
  });
  return {
    executions,
    async step() {
      for (const one of executions.values()) await one.run();
    },
  };
}
