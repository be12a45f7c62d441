import { AwsError, type Service, type Twin } from "../twin.ts";
import { send } from "./delivery.ts";
import { DurableExecutions } from "./durable.ts";
import { durableOperations } from "./durable-api.ts";
import { type Execution, invalid } from "./durable-state.ts";
import { Feeds, type Mapping } from "./lambda-feeds.ts";
import type { Ended, FunctionSpec } from "./lambda-function.ts";
import { Functions, maxAtOnce, type Target } from "./lambda-functions.ts";

/** A synchronous invocation of a durable function ends within 15 minutes (developer guide). */
const longestSynchronousSeconds = 900;

/**
 * Lambda: functions in worker threads with versions and aliases, asynchronous retries with a failure destination,
 * SQS event sources, and durable functions.
 */
export class Lambda {
  readonly #twin: Twin;
  readonly #functions: Functions;
  readonly #executions: DurableExecutions;
  readonly #feeds: Feeds;
  readonly service: Service;

  /** `hurry`: the share of the time that durable functions ask to wait for which they really wait. */
  constructor(
    twin: Twin,
    onLine: (functionName: string, region: string, line: string) => void,
    { hurry = 1 }: { hurry?: number } = {},
  ) {
    this.#twin = twin;
    const functions = new Functions(twin, onLine);
    this.#functions = functions;
    const means = { functions, failed: (one: Execution) => this.#tellEnd(one) };
    this.#executions = new DurableExecutions(twin, means, hurry);
    const find = ({ functionName, region }: Mapping) => functions.resolve(functionName, region).fn;
    this.#feeds = new Feeds(twin, { maxAtOnce, find, onLine });
    this.service = {
      name: "lambda",
      operations: {
        Invoke: (input, { region }) => this.#invoke(input, region),
        DeleteFunction: ({ FunctionName }, { region }) => functions.delete(FunctionName, region),
        ListFunctions: (_input, { region }) => ({ Functions: functions.list(region).map(listed) }),
        ...durableOperations(this.#executions, functions),
      },
      save: () => ({ functions: functions.save(), executions: this.#executions.save() }),
      load: (state) => {
        const saved = state as { functions: unknown; executions: Execution[] };
        functions.load(saved.functions);
        this.#executions.load(saved.executions);
      },
    };
  }

  /** Puts up a function. */
  create(spec: FunctionSpec): void {
    this.#functions.create(spec);
  }

  /** Publishes a version of a function; `code` tells one publishing from another. Gives its number. */
  publish(functionArn: string, code: string): string {
    return this.#functions.publish(functionArn, code);
  }

  /** Points an alias to a version. Gives its ARN. */
  alias(functionArn: string, name: string, version: string): string {
    return this.#functions.alias(functionArn, name, version);
  }

  /** Feeds a function from a queue, with partial batch failures, once `start` is called and until `close`. */
  map(mapping: Mapping): void {
    this.#feeds.add(mapping);
  }

  /** Begins to work: everything that the functions need is put up by now. Goes on with executions under way. */
  start(): void {
    this.#feeds.start();
    this.#executions.resume();
  }

  async close(): Promise<void> {
    this.#feeds.close();
    this.#executions.runner.shut();
    await this.#functions.close();
  }

  async #invoke(input: InvokeInput, region: string) {
    const {
      FunctionName,
      Qualifier,
      InvocationType = "RequestResponse",
      Payload,
      DurableExecutionName,
    } = input;
    const target = this.#functions.resolve(FunctionName, region, Qualifier);
    const event = Buffer.from(Payload ?? "{}").toString();
    if (target.spec.durable)
      return this.#invokeDurable(target, region, InvocationType, event, DurableExecutionName);
    if (DurableExecutionName !== undefined)
      throw invalid("DurableExecutionName is supported for durable functions only.");
    const { fn, version: ExecutedVersion } = target;
    if (InvocationType === "Event") {
      void fn.invokeLater(this.#twin.clock, event, (ended) => this.#tellFailure(target.spec, event, ended));
      return { StatusCode: 202 };
    }
    return { ...answer(await fn.invoke(event)), ExecutedVersion };
  }

  async #invokeDurable(
    target: Target,
    region: string,
    type: string,
    input: string,
    name: string | undefined,
  ) {
    const { spec, version: ExecutedVersion } = target;
    const asynchronous = type === "Event";
    if (!target.qualified) throw invalid("You cannot invoke a durable function using an unqualified ARN.");
    if (name !== undefined && !/^[a-zA-Z0-9-_]{1,64}$/.test(name))
      throw invalid(`Value '${name}' at 'durableExecutionName' failed to satisfy [a-zA-Z0-9-_]{1,64}`);
    if (!asynchronous && (spec.durable?.executionTimeoutSeconds ?? 0) > longestSynchronousSeconds)
      throw invalid(
        "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.",
      );
    const limit = asynchronous ? 1_048_576 : 6_291_456;
    if (Buffer.byteLength(input) > limit)
      throw new AwsError("RequestTooLargeException", `The payload is larger than ${limit} bytes.`, 413);
    const execution = this.#executions.start(target, region, { ...(name ? { name } : {}), input });
    const about = { DurableExecutionArn: execution.arn, ExecutedVersion };
    if (asynchronous) return { StatusCode: 202, DurableExecutionArn: execution.arn };
    await this.#executions.runner.ended(execution);
    const { status, result, error } = execution;
    if (status === "SUCCEEDED")
      return { StatusCode: 200, ...about, ...(result === undefined ? {} : { Payload: Buffer.from(result) }) };
    const { ErrorType = status, ErrorMessage = status } = error ?? {};
    return { ...answer({ error: { errorType: ErrorType, errorMessage: ErrorMessage } }), ...about };
  }

  #tellEnd({ functionArn, region, version, input, error = {} }: Execution): Promise<void> {
    const { ErrorType: errorType = "", ErrorMessage: errorMessage = "" } = error;
    const { spec } = this.#functions.resolve(functionArn, region, version);
    return this.#tellFailure(spec, input, { error: { errorType, errorMessage } });
  }

  async #tellFailure(spec: FunctionSpec, event: string, ended: Ended): Promise<void> {
    if (!spec.onFailureArn) return;
    const text = JSON.stringify({ requestPayload: JSON.parse(event), responsePayload: ended });
    await send(this.#twin, spec.onFailureArn, text, {
      principal: "lambda.amazonaws.com",
      sourceArn: spec.arn,
    });
  }
}

type InvokeInput = {
  FunctionName: string;
  Qualifier?: string;
  InvocationType?: string;
  Payload?: string | Uint8Array;
  DurableExecutionName?: string;
};

function listed({ name, arn, handler }: FunctionSpec) {
  return { FunctionName: name, FunctionArn: arn, Handler: handler, Runtime: "nodejs24.x" };
}

function answer(ended: Ended) {
  if ("error" in ended) {
    const Payload = Buffer.from(JSON.stringify(ended.error));
    return { StatusCode: 200, FunctionError: "Unhandled", Payload };
  }
  return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(ended.result)) };
}
