import { AwsError, type AwsEvent, type Twin } from "../twin.ts";
import { defaultRetries, deliver, deliverable, send, stringAttribute } from "./delivery.ts";
import { newId, parseArn } from "./ids.ts";

/** A rule's target, in the shape of the API. */
export type Target = {
  Id: string;
  Arn: string;
  Input?: string;
  InputPath?: string;
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
  DeadLetterConfig?: { Arn: string };
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
};

/** Refuses a target to which nothing could be delivered here. */
export function checkTarget({ Arn }: Target): void {
  const { service, resource } = parseArn(Arn);
  if (deliverable.has(service) || (service === "events" && resource.startsWith("event-bus/"))) return;
  throw new AwsError("NotEmulated", `not emulated: EventBridge targets like ${Arn}`, 501);
}

/**
 * Delivers an event to a target with EventBridge's retries and dead-letter queue. `forward` puts it on another bus.
 */
export function deliverToTarget(
  twin: Twin,
  ruleArn: string,
  target: Target,
  event: AwsEvent,
  forward: (busArn: string, event: AwsEvent) => void,
): Promise<void> {
  const text = inputOf(target, event, ruleArn);
  const sender = { principal: "events.amazonaws.com", sourceArn: ruleArn };
  const gaveUp = async (error: AwsError, attempts: number) => {
    if (!target.DeadLetterConfig) return;
    // The attributes are those of the user guide's page on dead-letter queues.
    await send(twin, target.DeadLetterConfig.Arn, text, sender, {
      RULE_ARN: stringAttribute(ruleArn),
      TARGET_ARN: stringAttribute(target.Arn),
      ERROR_CODE: stringAttribute(error.code),
      ERROR_MESSAGE: stringAttribute(error.message),
      RETRY_ATTEMPTS: stringAttribute(String(attempts - 1)),
    }).catch(() => {}); // AWS drops the event when the dead-letter queue cannot take it.
  };
  const policy = {
    maxAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultRetries.maxAgeSeconds,
    maxRetries: target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetries.maxRetries,
    gaveUp,
  };
  return deliver(twin.clock, policy, async () => {
    if (parseArn(target.Arn).service === "events") forward(target.Arn, event);
    else await send(twin, target.Arn, text, sender);
  });
}

/** What the target gets: the event, a part of it, a constant, or a template filled from it. */
export function inputOf(target: Target, event: AwsEvent, ruleArn: string): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath) return JSON.stringify(at(event, target.InputPath));
  if (!target.InputTransformer) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const values: Record<string, unknown> = {
    "aws.events.event": event,
    "aws.events.event.json": event,
    "aws.events.rule-arn": ruleArn,
    "aws.events.rule-name": ruleArn.split("/").at(-1),
    "aws.events.event.ingestion-time": event.time,
  };
  for (const [name, path] of Object.entries(InputPathsMap)) values[name] = at(event, path);
  let quoted = false;
  return InputTemplate.replace(/\\.|"|<([A-Za-z0-9_.-]+)>/g, (all, name?: string) => {
    if (all === '"') quoted = !quoted;
    if (name === undefined) return all;
    const value = values[name];
    if (!quoted) return JSON.stringify(value ?? "");
    // Inside quotes a text is put in as it is, anything else as its JSON with the quotes escaped.
    return JSON.stringify(typeof value === "string" ? value : JSON.stringify(value ?? "")).slice(1, -1);
  });
}

/** A path like $.detail.bucket.name; undefined where it leads nowhere. */
function at(event: unknown, path: string): unknown {
  if (!/^\$(\.[A-Za-z0-9_-]+|\['[^']+'\]|\[\d+\])*$/.test(path)) {
    throw new AwsError("NotEmulated", `not emulated: the JSON path ${path}`, 501);
  }
  let value = event;
  for (const step of path.matchAll(/\.([A-Za-z0-9_-]+)|\['([^']+)'\]|\[(\d+)\]/g)) {
    value = (value as Record<string, unknown> | undefined)?.[step[1] ?? step[2] ?? step[3] ?? ""];
  }
  return value;
}

/** A custom event from one entry of PutEvents. */
export function eventFrom(entry: Record<string, unknown>, twin: Twin, region: string): AwsEvent {
  const given = entry.Time as Date | number | undefined;
  const time =
    given === undefined
      ? new Date(twin.clock.now())
      : given instanceof Date
        ? given
        : new Date(given * 1_000);
  return {
    version: "0",
    id: newId(),
    "detail-type": String(entry.DetailType),
    source: String(entry.Source),
    account: twin.account,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region,
    resources: (entry.Resources as string[] | undefined) ?? [],
    detail: JSON.parse(String(entry.Detail)),
  };
}
