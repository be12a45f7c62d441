import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Environment } from "../core/environment.ts";
import { eventSource, type Publish } from "../core/event.ts";
import { busName } from "../core/names.ts";
import { Problem } from "../core/problem.ts";

/**
 * The environment's own event bus in the client's region. PutEvents answers 200 even when it refuses an entry, so the
 * count of failed entries is read (EventBridge API reference, PutEvents). Throws `Problem` unavailable.
 */
export function busAt(environment: Environment, client: EventBridgeClient): Publish {
  const EventBusName = busName(environment);
  return async (type, detail) => {
    const entry = { EventBusName, Source: eventSource, DetailType: type, Detail: JSON.stringify(detail) };
    const fix = "Nothing is lost: the next reconcile pass asks again.";
    let refused: string | undefined;
    try {
      const answer = await client.send(new PutEventsCommand({ Entries: [entry] }));
      if (answer.FailedEntryCount) refused = answer.Entries?.[0]?.ErrorCode ?? "no reason given";
    } catch (thrown) {
      throw new Problem("unavailable", `the bus ${EventBusName} could not be reached`, fix, thrown);
    }
    if (refused)
      throw new Problem("unavailable", `the bus ${EventBusName} refused "${type}": ${refused}`, fix);
  };
}
