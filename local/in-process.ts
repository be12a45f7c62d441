import type { ServiceName, Twin } from "./twin.ts";
import { AwsError } from "./twin.ts";

/** An SDK v3 client, as far as this file needs it. */
type AnyClient = { send: unknown };
type Command = { input: object; constructor: { name: string } };

/**
 * Connects an SDK client to the stand-in inside this process: calls skip everything that the SDK does and go straight to
 * `twin.call`. What the wire does is tested over HTTP (local/server.ts). Errors come out as the SDK would throw them:
 * `name` is the code, `$metadata.httpStatusCode` the status.
 */
export function connect<C extends AnyClient>(
  client: C,
  to: { twin: Twin; service: ServiceName; region: string; principal?: string; errorClass?: ErrorClass },
): C {
  // Not a middleware: to put its stack together for each call takes the SDK a quarter of a simulation's time.
  client.send = async (command: Command) => {
    const operation = command.constructor.name.replace(/Command$/, "");
    const { service, region, principal = "test" } = to;
    const call = { service, region, operation, input: { ...command.input }, principal };
    try {
      const output = (await to.twin.call(call)) ?? {};
      return { $metadata: { httpStatusCode: 200 }, ...(output as object) };
    } catch (thrown) {
      throw thrown instanceof AwsError ? sdkError(thrown, to.errorClass) : thrown;
    }
  };
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
