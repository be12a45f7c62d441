import { createHash, randomUUID } from "node:crypto";

/** MD5 in lower-case hex, as SQS answers it for a body. */
export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** A new identifier of a message, request or delivery. */
export function newId(): string {
  return randomUUID();
}

/** The parts of an ARN: arn:aws:<service>:<region>:<account>:<resource>. */
export function parseArn(arn: string): {
  service: string;
  region: string;
  account: string;
  resource: string;
} {
  const [, , service = "", region = "", account = "", ...resource] = arn.split(":");
  return { service, region, account, resource: resource.join(":") };
}
