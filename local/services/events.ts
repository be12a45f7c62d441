import { AwsError, type AwsEvent, type Operation, type Service, type Twin } from "../twin.ts";
import { defaultRetries, deliver, send, stringAttribute } from "./delivery.ts";
import { compilePattern } from "./event-pattern.ts";
import { newId, parseArn } from "./ids.ts";

/** A target of a rule, as PutTargets takes it. */
export type Target = {
  Id: string;
  Arn: string;
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
};

type Rule = {
  arn: string;
  bus: string;
  region: string;
  matches: (event: unknown) => boolean;
  targets: Map<string, Target>;
};

/**
 * EventBridge: the default bus of each region, which hears AWS's own events, and custom buses; rules with event
 * patterns; targets with retries and a dead-letter queue, in the same region or a bus in another. State is not
 * saved: the assembly puts it up again at each start.
 */
export function eventsService(twin: Twin): Service {
  const buses = new Set<string>();
  const rules = new Map<string, Rule>();
  const busName = (given = "default") => given.split("/").at(-1) ?? given;
  const route = (event: AwsEvent, region: string, bus: string): void => {
    for (const rule of rules.values()) {
      if (rule.bus !== bus || rule.region !== region || !rule.matches(event)) continue;
      for (const target of rule.targets.values()) void toTarget(event, rule, target);
    }
  };
  const toTarget = (event: AwsEvent, rule: Rule, target: Target): Promise<void> => {
    const { service, region, resource } = parseArn(target.Arn);
    const sender = { principal: "events.amazonaws.com", sourceArn: rule.arn };
    const attempt = async () => {
      if (service === "events") route(event, region, busName(resource));
      else await send(twin, target.Arn, JSON.stringify(event), sender);
    };
    const retries = {
      maxRetries: target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetries.maxRetries,
      maxAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultRetries.maxAgeSeconds,
    };
    const gaveUp = async (error: AwsError) => {
      if (!target.DeadLetterConfig?.Arn) return;
      const attributes = { ERROR_CODE: stringAttribute(error.code), RULE_ARN: stringAttribute(rule.arn) };
      await send(twin, target.DeadLetterConfig.Arn, JSON.stringify(event), sender, attributes);
    };
    return deliver(twin.clock, { ...retries, gaveUp }, attempt);
  };
  twin.onEvent((event) => route(event, event.region, "default"));

  const ruleKey = (region: string, bus: string, name: string) => `${region}/${bus}/${name}`;
  const operations: Record<string, Operation> = {
    CreateEventBus({ Name }, { region }) {
      buses.add(`${region}/${Name}`);
      return { EventBusArn: `arn:aws:events:${region}:${twin.account}:event-bus/${Name}` };
    },
    ListEventBuses: (_input, { region }) => ({
      EventBuses: [
        "default",
        ...[...buses]
          .filter((one) => one.startsWith(`${region}/`))
          .map((one) => one.slice(region.length + 1)),
      ].map((Name) => ({
        Name,
        Arn: `arn:aws:events:${region}:${twin.account}:event-bus/${Name}`,
      })),
    }),
    PutRule({ Name, EventBusName, EventPattern }, { region }) {
      const bus = busName(EventBusName);
      const arn = `arn:aws:events:${region}:${twin.account}:rule/${bus === "default" ? "" : `${bus}/`}${Name}`;
      const key = ruleKey(region, bus, Name);
      const matches = compilePattern(JSON.parse(EventPattern));
      rules.set(key, { arn, bus, region, matches, targets: rules.get(key)?.targets ?? new Map() });
      return { RuleArn: arn };
    },
    PutTargets({ Rule: name, EventBusName, Targets }, { region }) {
      const rule = rules.get(ruleKey(region, busName(EventBusName), name));
      if (!rule) throw new AwsError("ResourceNotFoundException", `Rule ${name} does not exist.`);
      for (const target of Targets as Target[]) rule.targets.set(target.Id, target);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    ListRules: ({ EventBusName }, { region }) => ({
      Rules: [...rules.values()]
        .filter((rule) => rule.region === region && rule.bus === busName(EventBusName))
        .map(({ arn }) => ({ Arn: arn, Name: arn.split("/").at(-1), State: "ENABLED" })),
    }),
    PutEvents({ Entries = [] }, { region }) {
      if (Entries.length === 0 || Entries.length > 10) {
        throw new AwsError("ValidationException", "PutEvents takes 1 to 10 entries.");
      }
      const answers = (Entries as Record<string, string>[]).map(
        ({ EventBusName, Source, DetailType, Detail, Resources }) => {
          const bus = busName(EventBusName);
          if (!Source || !DetailType)
            return { ErrorCode: "InvalidArgument", ErrorMessage: "Source and DetailType are needed." };
          const event: AwsEvent = {
            version: "0",
            id: newId(),
            "detail-type": DetailType,
            source: Source,
            account: twin.account,
            time: `${new Date(twin.clock.now()).toISOString().slice(0, 19)}Z`,
            region,
            resources: (Resources as unknown as string[]) ?? [],
            detail: JSON.parse(Detail || "{}"),
          };
          // An event for a bus that does not exist is accepted and goes nowhere (API reference, PutEvents).
          route(event, region, bus);
          return { EventId: event.id };
        },
      );
      return { FailedEntryCount: answers.filter((one) => "ErrorCode" in one).length, Entries: answers };
    },
  };
  return { name: "events", operations };
}
