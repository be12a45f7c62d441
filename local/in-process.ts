import type { ServiceName, Twin } from "./twin.ts";
import { AwsError } from "./twin.ts";

/** An SDK v3 client, as far as this file needs it. */
// biome-ignore lint/suspicious/noExplicitAny: the middleware types differ per client; only the shape below is used.
type AnyClient = { middlewareStack: { add(middleware: any, options: any): void } };

/**
 * Connects an SDK client to the stand-in inside this process: calls skip serialisation, signing and the SDK's
 * retries and go straight to `twin.call`. What the wire does is tested over HTTP (local/server.ts). Errors come
 * out as the SDK would throw them: `name` is the code, `$metadata.httpStatusCode` the status.
 */
export function connect<C extends AnyClient>(
  client: C,
  to: { twin: Twin; service: ServiceName; region: string; principal?: string; errorClass?: ErrorClass },
): C {
  client.middlewareStack.add(
    (_next: unknown, context: { commandName: string }) =>
      async (args: { input: Record<string, unknown> }) => {
        const operation = context.commandName.replace(/Command$/, "");
        const call = {
          service: to.service,
          region: to.region,
          operation,
          input: args.input,
          principal: to.principal ?? "test",
        };
        try {
          const output = (await to.twin.call(call)) ?? {};
          return { output: { $metadata: { httpStatusCode: 200 }, ...(output as object) }, response: {} };
        } catch (thrown) {
          throw thrown instanceof AwsError ? sdkError(thrown, to.errorClass) : thrown;
        }
      },
    { step: "initialize", priority: "high", name: "toStandIn" },
  );
  return client;
}

/** A client's own base exception, so that `instanceof S3ServiceException` holds in process too. */
export type ErrorClass = new (options: {
  name: string;
  message: string;
  $fault: "client" | "server";
  $metadata: { httpStatusCode: number };
}) => Error;

function sdkError(error: AwsError, errorClass: ErrorClass | undefined): Error {
  const $fault = error.httpStatus >= 500 ? ("server" as const) : ("client" as const);
  const $metadata = { httpStatusCode: error.httpStatus };
  const thrown = errorClass
    ? new errorClass({ name: error.code, message: error.message, $fault, $metadata })
    : Object.assign(new Error(error.message), { name: error.code, $fault, $metadata });
  return Object.assign(thrown, error.details);
}
