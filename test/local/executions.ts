import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import {
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
} from "@aws-sdk/client-lambda";
import { VirtualClock } from "../../local/clock.ts";
import { type Deployment, durablePlace } from "./durable-function.ts";

/*
 * Durable executions of one function in a stand-in of its own, on a virtual clock; the functions are made with AWS's own
 * SDK. Anew for each test, by `renew`.
 */
export let clock: VirtualClock;
export let place: ReturnType<typeof durablePlace>;

/** Forgets all executions. */
export function renew(): void {
  clock = new VirtualClock();
  place = durablePlace(clock);
}

/** Another stand-in at the same instant, which knows nothing of the first. */
export function restart(): void {
  place = durablePlace(clock);
}

/** What the function does. */
export type Work = (event: { order?: number }, context: DurableContext) => Promise<unknown>;

/** Deploys the function, whose next version it is. */
export function deploy(work: Work, more: Deployment = {}): void {
  place.deploy(withDurableExecution(work) as never, more);
}

/** Starts an execution, by a name if it is to have one. */
export function start(name?: string, event: object = {}, FunctionName = "work:live") {
  const named = name === undefined ? {} : { DurableExecutionName: name };
  const Payload = Buffer.from(JSON.stringify(event));
  return place.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload, ...named }));
}

/** How it stands with an execution. */
export function look(DurableExecutionArn: string | undefined) {
  return place.client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
}

/** Lets time pass until an execution has ended, and gives how. */
export function ended(DurableExecutionArn: string | undefined) {
  return place.pass(async () => {
    const execution = await look(DurableExecutionArn);
    return execution.Status === "RUNNING" ? undefined : execution;
  });
}

/** Lets what was called at once be done. */
export const nextTurn = () => new Promise(setImmediate);

/** A function that waits for an hour and gives what it was given. */
export const waitAnHour: Work = async ({ order }, context) => {
  await context.wait("an hour", { hours: 1 });
  return { order };
};

/** The history of an execution. */
export function history(DurableExecutionArn: string | undefined, more: object = {}) {
  return place.client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, ...more }));
}
