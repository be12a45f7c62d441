import { DurableExecutionApiClient } from "@aws/durable-execution-sdk-js";
import { LambdaClient, LambdaServiceException } from "@aws-sdk/client-lambda";
import type { VirtualClock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { Lambda } from "../../local/services/lambda.ts";
import type { FunctionSpec, InvocationContext } from "../../local/services/lambda-function.ts";
import { Twin } from "../../local/twin.ts";

const region = "eu-west-1";
export const functionArn = `arn:aws:lambda:${region}:000000000000:function:work`;

/** A handler made with AWS's SDK, and what it gives to Lambda. */
export type DurableHandler = (event: never, context: never) => Promise<unknown>;

/** How to put the function up. */
export type Deployment = Partial<FunctionSpec> & {
  /** Tells one version from another. */
  code?: string;
  /** Whether the invocation is cut off when its handler has given this: its checkpoints stay, its result is lost. */
  cut?: (output: unknown) => boolean;
};

/** A stand-in with Lambda alone, on a virtual clock; functions run in this process, on AWS's own SDK. */
export function durablePlace(clock: VirtualClock) {
  const twin = new Twin({ clock });
  const lambda = new Lambda(twin, () => {});
  twin.register(lambda.service);
  const to = { twin, service: "lambda" as const, region, errorClass: LambdaServiceException };
  const client = connect(new LambdaClient({ region }), to);
  let busy = 0;
  const run = async (handler: DurableHandler, event: unknown, context: InvocationContext) => {
    busy += 1;
    try {
      return await runDurable(handler, client, event, context);
    } finally {
      busy -= 1;
    }
  };
  return {
    twin,
    lambda,
    client,
    /** Puts up the durable function "work" as a version under the alias "live". */
    deploy(handler: DurableHandler, { code = "1", cut = () => false, ...more }: Deployment = {}): void {
      lambda.create({
        ...{ name: "work", arn: functionArn, folder: "", handler: "", timeoutSeconds: 900, memoryMb: 128 },
        variables: {},
        durable: { executionTimeoutSeconds: 86_400, retentionDays: 30 },
        async run(event, context) {
          const output = await run(handler, event, context);
          if (cut(output)) throw new Error("cut off");
          return output;
        },
        ...more,
      });
      lambda.alias(functionArn, "live", lambda.publish(functionArn, code));
    },
    /** Lets time pass, from one due instant to the next, while no invocation is under way, until there is an answer. */
    async pass<T>(ask: () => Promise<T | undefined>): Promise<T> {
      for (let turn = 0; turn < 10_000; turn++) {
        const answer = await ask();
        if (answer !== undefined) return answer;
        await new Promise(setImmediate);
        if (busy === 0) clock.advanceTo(Math.max(clock.nextMs ?? 0, clock.now()));
        else await new Promise((resolve) => setTimeout(resolve, 1));
      }
      throw new Error("it does not come about");
    },
  };
}

/** Runs a handler made with AWS's SDK in this process, with its checkpoints by way of a client. */
export function runDurable(
  handler: DurableHandler,
  client: LambdaClient,
  event: unknown,
  context: InvocationContext,
): Promise<unknown> {
  const input = new DurableExecutionInvocationInputWithClient(event, new DurableExecutionApiClient(client));
  return handler(input as never, context as never);
}

/** The name is the one by which AWS's SDK knows an event that brings its own client. */
class DurableExecutionInvocationInputWithClient {
  readonly durableExecutionClient: DurableExecutionApiClient;

  constructor(event: unknown, client: DurableExecutionApiClient) {
    Object.assign(this, event);
    this.durableExecutionClient = client;
  }

  get [Symbol.toStringTag](): string {
    return "DurableExecutionInvocationInputWithClient";
  }
}
