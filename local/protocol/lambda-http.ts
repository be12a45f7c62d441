import { text } from "./body.ts";
import { seconds } from "./json.ts";
import { answering, json, type Route, routed } from "./rest-json.ts";
import type { Codec, WireRequest } from "./wire.ts";

type Input = Record<string, unknown>;

const executions = "/2025-12-01/durable-executions/([^/]+)";
const callbacks = "/2025-12-01/durable-execution-callbacks/([^/]+)";
const route = (method: string, path: string, operation: string): Route => ({
  method,
  path: new RegExp(`^${path}$`),
  operation,
});

/** The routes of Lambda (its API reference). */
const routes: Route[] = [
  route("POST", "/2015-03-31/functions/([^/]+)/invocations", "Invoke"),
  route("GET", "/2015-03-31/functions/?", "ListFunctions"),
  route("GET", "/2025-12-01/functions/([^/]+)/durable-executions", "ListDurableExecutionsByFunction"),
  route("GET", executions, "GetDurableExecution"),
  route("POST", `${executions}/checkpoint`, "CheckpointDurableExecution"),
  route("GET", `${executions}/state`, "GetDurableExecutionState"),
  route("GET", `${executions}/history`, "GetDurableExecutionHistory"),
  route("POST", `${executions}/stop`, "StopDurableExecution"),
  route("POST", `${callbacks}/succeed`, "SendDurableExecutionCallbackSuccess"),
  route("POST", `${callbacks}/fail`, "SendDurableExecutionCallbackFailure"),
  route("POST", `${callbacks}/heartbeat`, "SendDurableExecutionCallbackHeartbeat"),
];

/** What a query's texts stand for; everything else is a text. */
const readers: Record<string, (given: string) => unknown> = {
  MaxItems: Number,
  ReverseOrder: (given) => given === "true",
  IncludeExecutionData: (given) => given === "true",
};

/** AWS's REST with JSON, for Lambda: what a function or a callback is given, and what it gives, is the body itself. */
export const lambdaCodec: Codec = async (request, perform) => {
  const body = await text(request.body);
  return answering(async () => {
    const { operation, name } = routed(routes, request);
    const input = { ...queried(request), ...named(request, name), ...bodied(operation, body) };
    if (operation !== "Invoke") return json(200, seconds((await perform(operation, input)) ?? {}));
    const { headers } = request;
    const InvocationType = headers["x-amz-invocation-type"] ?? "RequestResponse";
    const DurableExecutionName = headers["x-amz-durable-execution-name"];
    const more = { InvocationType, ...(DurableExecutionName === undefined ? {} : { DurableExecutionName }) };
    const ended = (await perform(operation, { ...input, ...more })) as Invoked;
    const told = {
      "x-amz-function-error": ended.FunctionError,
      "x-amz-executed-version": ended.ExecutedVersion,
      "x-amz-durable-execution-arn": ended.DurableExecutionArn,
    };
    const given = Object.entries(told).filter(
      (header): header is [string, string] => header[1] !== undefined,
    );
    return {
      status: ended.StatusCode,
      headers: { "content-type": "application/json", ...Object.fromEntries(given) },
      ...(ended.Payload ? { body: ended.Payload } : {}),
    };
  });
};

type Invoked = {
  StatusCode: number;
  FunctionError?: string;
  ExecutedVersion?: string;
  DurableExecutionArn?: string;
  Payload?: Uint8Array;
};

function queried({ query }: WireRequest): Input {
  const given = [...new Set(query.keys())].filter((name) => name !== "Statuses");
  const statuses = query.getAll("Statuses");
  return {
    ...Object.fromEntries(given.map((name) => [name, (readers[name] ?? String)(query.get(name) ?? "")])),
    ...(statuses.length > 0 ? { Statuses: statuses } : {}),
  };
}

function named({ path }: WireRequest, name: string | undefined): Input {
  if (name === undefined) return {};
  if (path.startsWith("/2025-12-01/durable-executions/")) return { DurableExecutionArn: name };
  if (path.startsWith("/2025-12-01/durable-execution-callbacks/")) return { CallbackId: name };
  return { FunctionName: name };
}

function bodied(operation: string, body: string): Input {
  if (body === "") return {};
  if (operation === "Invoke") return { Payload: body };
  if (operation === "SendDurableExecutionCallbackSuccess") return { Result: body };
  const given = JSON.parse(body) as Input;
  return operation === "CheckpointDurableExecution" ? given : { Error: given };
}
