import { AwsError, type AwsEvent, type Call, type Operation, type Service, type Twin } from "../twin.ts";
import { compilePattern } from "./event-pattern.ts";
import { checkTarget, deliverToTarget, eventFrom, type Target } from "./event-target.ts";
import { parseArn } from "./ids.ts";

type Rule = { arn: string; name: string; bus: string; pattern: string; enabled: boolean; targets: Target[] };

/**
 * How an event is delivered to one target: the delays in ms of each delivery. `[0]` is once and at once, `[]` is
 * lost, `[0, 5000]` is doubled with the second late.
 */
export type Delays = (event: AwsEvent, target: Target) => number[];

/**
 * EventBridge: the default bus of each region, which hears AWS's own events, and custom buses; rules with event
 * patterns; targets with retries and a dead-letter queue, or a bus in another region. State is not saved: the
 * assembly puts it up again at each start.
 */
export function eventsService(twin: Twin, { delays = () => [0] }: { delays?: Delays } = {}): Service {
  const buses = new Set<string>();
  const rules = new Map<string, Rule>();
  const patterns = new Map<string, (event: unknown) => boolean>();

  const busArn = (region: string, name = "default") =>
    name.startsWith("arn:") ? name : `arn:aws:events:${region}:${twin.account}:event-bus/${name}`;
  const isBus = (arn: string) => buses.has(arn) || arn.endsWith(":event-bus/default");
  const busOf = (call: Call): string => {
    const arn = busArn(call.region, (call.input.EventBusName ?? undefined) as string | undefined);
    if (isBus(arn)) return arn;
    throw notFound(`Event bus ${arn.split("/").at(-1)} does not exist.`);
  };
  const ruleArn = (bus: string, name: string) => {
    const busName = bus.split("/").at(-1);
    const prefix = busName === "default" ? "" : `${busName}/`;
    return `arn:aws:events:${parseArn(bus).region}:${twin.account}:rule/${prefix}${name}`;
  };
  const ruleOf = (call: Call): Rule => {
    const name = String(call.input.Name ?? call.input.Rule);
    const rule = rules.get(ruleArn(busOf(call), name));
    if (rule) return rule;
    throw notFound(`Rule ${name} does not exist on EventBus ${busOf(call).split("/").at(-1)}.`);
  };
  const matches = (rule: Rule, event: AwsEvent) => {
    let test = patterns.get(rule.pattern);
    if (!test) {
      test = compilePattern(JSON.parse(rule.pattern));
      patterns.set(rule.pattern, test);
    }
    return rule.enabled && test(event);
  };

  const put = (bus: string, event: AwsEvent): void => {
    for (const rule of rules.values()) {
      if (rule.bus !== bus || !matches(rule, event)) continue;
      for (const target of rule.targets) {
        const go = () => void deliverToTarget(twin, rule.arn, target, event, put);
        for (const delay of delays(event, target)) {
          if (delay === 0) go();
          else twin.clock.at(twin.clock.now() + delay, go);
        }
      }
    }
  };
  twin.onEvent((event) => put(busArn(event.region), event));

  const putEntry = (entry: Record<string, unknown>, call: Call): object => {
    const wrong = entryError(entry);
    if (wrong) return wrong;
    const bus = busArn(call.region, (entry.EventBusName ?? undefined) as string | undefined);
    // An event for a bus that does not exist is accepted and goes nowhere (API reference, PutEvents).
    const event = eventFrom(entry, twin, call.region);
    put(bus, event);
    return { EventId: event.id };
  };

  const operations: Record<string, Operation> = {
    CreateEventBus({ Name }, call) {
      const arn = busArn(call.region, Name);
      if (isBus(arn))
        throw new AwsError("ResourceAlreadyExistsException", `Event bus ${Name} already exists.`);
      buses.add(arn);
      return { EventBusArn: arn };
    },
    DescribeEventBus({ Name = "default" }, call) {
      const arn = busArn(call.region, Name);
      if (!isBus(arn)) throw notFound(`Event bus ${Name} does not exist.`);
      return { Name: arn.split("/").at(-1), Arn: arn };
    },
    ListEventBuses(_input, call) {
      const here = [busArn(call.region), ...[...buses].filter((arn) => parseArn(arn).region === call.region)];
      return { EventBuses: here.map((Arn) => ({ Name: Arn.split("/").at(-1), Arn })) };
    },
    PutRule({ Name, EventPattern, ScheduleExpression, State = "ENABLED" }, call) {
      if (ScheduleExpression)
        throw new AwsError("NotEmulated", "not emulated: scheduled rules; use EventBridge Scheduler", 501);
      const bus = busOf(call);
      const arn = ruleArn(bus, Name);
      patterns.set(EventPattern, compilePattern(parsePattern(EventPattern)));
      rules.set(arn, {
        arn,
        name: Name,
        bus,
        pattern: EventPattern,
        enabled: State !== "DISABLED",
        targets: rules.get(arn)?.targets ?? [],
      });
      return { RuleArn: arn };
    },
    DeleteRule(_input, call) {
      const { arn, targets } = ruleOf(call);
      if (targets.length > 0)
        throw new AwsError("ValidationException", "Rule can't be deleted since it has targets.");
      rules.delete(arn);
      return {};
    },
    DescribeRule: (_input, call) => shownRule(ruleOf(call)),
    ListRules(_input, call) {
      const bus = busOf(call);
      return { Rules: [...rules.values()].filter((rule) => rule.bus === bus).map(shownRule) };
    },
    EnableRule(_input, call) {
      ruleOf(call).enabled = true;
      return {};
    },
    DisableRule(_input, call) {
      ruleOf(call).enabled = false;
      return {};
    },
    PutTargets({ Targets }, call) {
      const rule = ruleOf(call);
      for (const target of Targets as Target[]) checkTarget(target);
      const ids = new Set((Targets as Target[]).map(({ Id }) => Id));
      rule.targets = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...Targets];
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    RemoveTargets({ Ids }, call) {
      const rule = ruleOf(call);
      rule.targets = rule.targets.filter(({ Id }) => !Ids.includes(Id));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    ListTargetsByRule: (_input, call) => ({ Targets: ruleOf(call).targets }),
    TestEventPattern: ({ EventPattern, Event }) => ({
      Result: compilePattern(parsePattern(EventPattern))(JSON.parse(Event)),
    }),
    PutEvents({ Entries = [] }, call) {
      if (Entries.length < 1 || Entries.length > 10) {
        throw new AwsError(
          "ValidationException",
          "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and 10",
        );
      }
      const size = Entries.reduce(
        (sum: number, entry: object) => sum + Buffer.byteLength(JSON.stringify(entry)),
        0,
      );
      if (size > 1_048_576)
        throw new AwsError(
          "ValidationException",
          "Total size of the entries in the request is over the limit.",
        );
      const results = Entries.map((entry: Record<string, unknown>) => putEntry(entry, call));
      const FailedEntryCount = results.filter((result: object) => "ErrorCode" in result).length;
      return { FailedEntryCount, Entries: results };
    },
  };
  return {
    name: "events",
    operations,
  };
}

function parsePattern(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError("InvalidEventPatternException", "Event pattern is not valid. Reason: it is not JSON");
  }
}

/** The refusals that one entry of PutEvents can meet (user guide, eb-putevents-handle-failures). */
function entryError(entry: Record<string, unknown>): object | undefined {
  for (const field of ["Source", "DetailType", "Detail"]) {
    if (entry[field]) continue;
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
    };
  }
  if (String(entry.Source).startsWith("aws.")) {
    return {
      ErrorCode: "NotAuthorizedForSourceException",
      ErrorMessage: `Not authorized for the source ${entry.Source}.`,
    };
  }
  try {
    const detail: unknown = JSON.parse(String(entry.Detail));
    if (typeof detail === "object" && detail !== null && !Array.isArray(detail)) return undefined;
  } catch {
    // Told below.
  }
  return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
}

function shownRule({ arn, name, bus, pattern, enabled }: Rule) {
  const State = enabled ? "ENABLED" : "DISABLED";
  return { Name: name, Arn: arn, EventPattern: pattern, State, EventBusName: bus.split("/").at(-1) };
}

function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message, 400);
}
