import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { matches, present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";
import { queueIn } from "./queues.ts";
import { ruleIn } from "./rules.ts";

const put = (place: Place, Entries: PutEventsRequestEntry[]) =>
  place.here.events.send(new PutEventsCommand({ Entries }));

const event = (Source: string, detail: object = {}): PutEventsRequestEntry => ({
  Source,
  DetailType: "Point Requested",
  Detail: JSON.stringify(detail),
});

/** EventBridge: the system's own events, and the rules that carry AWS's. */
export const eventCases: Case[] = [
  {
    name: "EventBridge: an event reaches a rule's queue in the documented shape",
    async run(place) {
      const source = place.name("source");
      const queue = await queueIn(place, { from: "events.amazonaws.com" });
      await ruleIn(place, queue.arn, { source: [source] });
      const Time = new Date("2026-11-21T03:00:00Z");
      const entry = { ...event(source, { n: 1, text: "ä" }), Resources: ["arn:aws:s3:::some"], Time };
      const publish = () => put(place, [entry]);
      const answer = await publish();
      same("FailedEntryCount", answer.FailedEntryCount, 0);
      matches("EventId", answer.Entries?.[0]?.EventId, /^[0-9a-f-]{36}$/);
      const { id, ...told } = await queue.next("the event", publish);
      matches("id", id, /^[0-9a-f-]{36}$/);
      same("the event", told, {
        version: "0",
        "detail-type": "Point Requested",
        source,
        account: await place.account(),
        time: "2026-11-21T03:00:00Z",
        region: place.here.region,
        resources: ["arn:aws:s3:::some"],
        detail: { n: 1, text: "ä" },
      });
    },
  },
  {
    name: "EventBridge: a target's input is built from the event by its transformer",
    async run(place) {
      const source = place.name("source");
      const queue = await queueIn(place, { from: "events.amazonaws.com" });
      const InputTransformer = {
        InputPathsMap: { source: "$.source", name: "$.detail.source" },
        InputTemplate: '{"schema":1,"from":"<source>","detail":{"name":<name>}}',
      };
      await ruleIn(place, queue.arn, { source: [source] }, { InputTransformer });
      const publish = () => put(place, [event(source, { source: "orders" })]);
      await publish();
      const told = await queue.next("the event", publish);
      same("the input", told, { schema: 1, from: source, detail: { name: "orders" } });
    },
  },
  {
    name: "EventBridge: PutEvents answers 200 and says of each entry whether it was refused",
    async run(place) {
      const source = place.name("source");
      const bad = { ...event(source), Detail: "no JSON" };
      const untyped = { Source: source, Detail: "{}" };
      const answer = await put(place, [event(source), bad, untyped]);
      same("FailedEntryCount", answer.FailedEntryCount, 2);
      const [good, ...refusals] = answer.Entries ?? [];
      matches("the first entry's id", good?.EventId, /^[0-9a-f-]{36}$/);
      const codes = refusals.map(({ ErrorCode }) => ErrorCode);
      same("the others' errors", codes, ["MalformedDetail", "InvalidArgument"]);
    },
  },
  {
    name: "EventBridge: nobody but AWS sends events whose source begins with aws.",
    async run(place) {
      const answer = await put(place, [event("aws.s3")]);
      same("FailedEntryCount", answer.FailedEntryCount, 1);
      same("the error", answer.Entries?.[0]?.ErrorCode, "NotAuthorizedForSourceException");
    },
  },
  {
    name: "EventBridge: more than ten entries at once are refused as a whole",
    async run(place) {
      const source = place.name("source");
      const eleven = Array.from({ length: 11 }, () => event(source));
      const error = { name: /^ValidationException$/, status: 400 };
      await refused("eleven entries", put(place, eleven), error);
      same("ten", (await put(place, eleven.slice(1))).FailedEntryCount, 0);
    },
  },
  {
    name: "EventBridge: patterns match by value, prefix, suffix, exclusion, existence, number and wildcard",
    async run(place) {
      const full = {
        id: "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "Object Created",
        source: "aws.s3",
        account: "123456789012",
        time: "2026-11-21T03:00:00Z",
        region: "eu-west-1",
        resources: ["arn:aws:s3:::a", "arn:aws:s3:::b"],
        detail: { bucket: { name: "vault" }, object: { key: "catalog/points/x.json", size: 5 } },
      };
      const patterns: [object, boolean][] = [
        [{ source: ["aws.s3", "aws.rds"] }, true],
        [{ source: ["aws.rds"] }, false],
        [{ resources: ["arn:aws:s3:::b"] }, true],
        [{ detail: { object: { key: [{ prefix: "catalog/points/" }] } } }, true],
        [{ detail: { object: { key: [{ prefix: "archives/" }] } } }, false],
        [{ detail: { object: { key: [{ suffix: ".json" }] } } }, true],
        [{ detail: { object: { key: [{ wildcard: "catalog/*/x.*" }] } } }, true],
        [{ detail: { bucket: { name: [{ "anything-but": ["other"] }] } } }, true],
        [{ detail: { bucket: { name: [{ "anything-but": ["vault"] }] } } }, false],
        [{ detail: { reason: [{ exists: false }] } }, true],
        [{ detail: { object: { size: [{ exists: true }] } } }, true],
        [{ detail: { object: { size: [{ numeric: [">", 4, "<=", 5] }] } } }, true],
        [{ detail: { object: { size: [{ numeric: [">", 5] }] } } }, false],
        [{ source: ["aws.s3"], detail: { bucket: { name: ["other"] } } }, false],
      ];
      for (const [pattern, expected] of patterns) {
        const EventPattern = JSON.stringify(pattern);
        const test = new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(full) });
        same(`the match of ${EventPattern}`, (await place.here.events.send(test)).Result, expected);
      }
    },
  },
  {
    name: "EventBridge: a pattern that is none is refused with InvalidEventPatternException",
    async run(place) {
      const rule = (EventPattern: string) =>
        place.here.events.send(new PutRuleCommand({ Name: place.name("rule"), EventPattern }));
      const error = { name: /^InvalidEventPatternException$/, status: 400 };
      await refused("what is no JSON", rule("{"), error);
      await refused("an unknown operator", rule('{"source":[{"begins":"x"}]}'), error);
      await refused("a value that is in no list", rule('{"source":"aws.s3"}'), error);
    },
  },
  {
    name: "EventBridge: a rule with targets is not deleted",
    async run(place) {
      const queue = await queueIn(place, { from: "events.amazonaws.com" });
      const { name } = await ruleIn(place, queue.arn, { source: [place.name("source")] });
      const removed = place.here.events.send(new DeleteRuleCommand({ Name: name }));
      await refused("its deletion", removed, { name: /^ValidationException$/, status: 400 });
    },
  },
  {
    name: "EventBridge: the default bus is there: making it is refused",
    async run(place) {
      const made = place.here.events.send(new CreateEventBusCommand({ Name: "default" }));
      const { name } = await refused("making it", made, { name: /Exception$/, status: 400 });
      present("the error's name", name);
    },
  },
];
