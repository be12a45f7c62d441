import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { cloudWatchService } from "../../local/services/cloudwatch.ts";
import { judge, type Missing } from "../../local/services/cloudwatch-evaluate.ts";
import { Outbox } from "../../local/services/outbox.ts";
import { snsService } from "../../local/services/sns.ts";
import { Twin } from "../../local/twin.ts";

const treatments: Missing[] = ["missing", "ignore", "breaching", "notBreaching"];

/** A row of AWS's tables: the newest point is the last; 0 is within the threshold, X beyond it, - missing. */
function stateFor(row: string, DatapointsToAlarm: number, TreatMissingData: Missing) {
  const points = row.split(" ").map((one) => (one === "-" ? undefined : one === "X" ? 1 : 0));
  const ComparisonOperator = "GreaterThanThreshold";
  const rule = {
    EvaluationPeriods: 3,
    DatapointsToAlarm,
    Threshold: 0,
    ComparisonOperator,
    TreatMissingData,
  };
  return judge(points.reverse(), rule);
}

describe("AWS's tables of how an alarm is evaluated when data is missing", () => {
  test.each([
    ["0 - X - X", ["OK", "OK", "OK", "OK"]],
    ["0 - - - -", ["OK", "OK", "OK", "OK"]],
    ["- - - - -", ["INSUFFICIENT_DATA", "retain", "ALARM", "OK"]],
    ["0 X X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["- - X - -", ["ALARM", "retain", "ALARM", "OK"]],
  ])("3 out of 3: %s", (row, states) => {
    expect(treatments.map((one) => stateFor(row, 3, one))).toEqual(states);
  });

  test.each([
    ["0 - X - X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0 0 X 0 X", ["ALARM", "ALARM", "ALARM", "ALARM"]],
    ["0 - X - -", ["OK", "OK", "ALARM", "OK"]],
    ["- - - - 0", ["OK", "OK", "ALARM", "OK"]],
    ["- - - X -", ["ALARM", "retain", "ALARM", "OK"]],
  ])("2 out of 3: %s", (row, states) => {
    expect(treatments.map((one) => stateFor(row, 2, one))).toEqual(states);
  });

  test("one breaching point alone, just in, makes no alarm yet: the next may be good", () => {
    expect(stateFor("- - - - X", 3, "missing")).toBe("retain");
    expect(stateFor("- - - X -", 3, "missing")).toBe("retain");
  });
});

/** A region with CloudWatch and a topic that one person hears. */
async function place() {
  const clock = new VirtualClock("2026-11-21T10:00:00Z");
  const twin = new Twin({ clock });
  const outbox = new Outbox();
  for (const service of [cloudWatchService(twin), snsService(twin, { outbox, autoConfirm: true })])
    twin.register(service);
  const region = "eu-west-1";
  const call = (service: "monitoring" | "sns", operation: string, input: Record<string, unknown>) =>
    twin.call({ service, region, operation, input, principal: "test" });
  const { TopicArn } = (await call("sns", "CreateTopic", { Name: "page" })) as { TopicArn: string };
  await call("sns", "Subscribe", { TopicArn, Protocol: "sms", Endpoint: "+4915112345678" });
  const alarm = (more: object) =>
    call("monitoring", "PutMetricAlarm", {
      AlarmName: "late",
      Namespace: "Shop",
      MetricName: "Late",
      Period: 60,
      Statistic: "Maximum",
      EvaluationPeriods: 1,
      Threshold: 10,
      ComparisonOperator: "GreaterThanThreshold",
      AlarmActions: [TopicArn],
      ...more,
    });
  const put = (Value: number) =>
    call("monitoring", "PutMetricData", { Namespace: "Shop", MetricData: [{ MetricName: "Late", Value }] });
  const state = async () => {
    const told = (await call("monitoring", "DescribeAlarms", {})) as {
      MetricAlarms: { StateValue: string }[];
    };
    return told.MetricAlarms[0]?.StateValue;
  };
  /** Minutes go by; what actions do comes about. */
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      clock.advance(60_000);
      await new Promise(setImmediate);
    }
  };
  const told = () => outbox.messages.map(({ text }) => text);
  return { twin, clock, call, alarm, put, state, pass, told, TopicArn };
}

test("an alarm tells its topic when it begins, and stays silent while it lasts", async () => {
  const { alarm, put, pass, state, told } = await place();
  await alarm({ TreatMissingData: "notBreaching" });
  await pass(3);
  expect(await state()).toBe("OK");
  for (let minute = 0; minute < 5; minute++) {
    await put(11);
    await pass(1);
  }
  expect(await state()).toBe("ALARM");
  expect(told()).toEqual(['ALARM: "late" in eu-west-1']);
});

test("2 out of 3 takes two bad periods, wherever among the three they are", async () => {
  const { alarm, put, pass, state } = await place();
  await alarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: "notBreaching" });
  await pass(2);
  const states = [];
  for (const value of [1, 11, 1, 1, 11, 1, 11, 1]) {
    await put(value);
    await pass(1);
    states.push(await state());
  }
  // Each is seen once its minute is over.
  await pass(1);
  expect(states).toEqual(["OK", "OK", "OK", "OK", "OK", "OK", "OK", "ALARM"]);
});

test("a metric that stops is an alarm only when older points are out of sight too, unless FILL puts a value in their place", async () => {
  const minutesToAlarm = async (more: object) => {
    const { alarm, put, pass, state } = await place();
    const silent = { ComparisonOperator: "LessThanThreshold", Threshold: 1, TreatMissingData: "breaching" };
    await alarm({ EvaluationPeriods: 3, ...silent, ...more });
    for (let minute = 0; minute < 6; minute++) {
      await put(1);
      await pass(1);
    }
    expect(await state()).toBe("OK");
    let minutes = 0;
    while ((await state()) === "OK") {
      await pass(1);
      minutes++;
    }
    return minutes;
  };
  const Metric = { Namespace: "Shop", MetricName: "Late" };
  const filled = {
    Namespace: undefined,
    MetricName: undefined,
    Period: undefined,
    Statistic: undefined,
    Metrics: [
      { Id: "beats", MetricStat: { Metric, Period: 60, Stat: "Sum" }, ReturnData: false },
      { Id: "filled", Expression: "FILL(beats, 0)" },
    ],
  };
  expect(await minutesToAlarm({})).toBe(6);
  expect(await minutesToAlarm(filled)).toBe(4);
});

test("what alarms came to outlives a restart, so that nobody is told twice", async () => {
  const { alarm, put, pass, twin, told, TopicArn } = await place();
  await alarm({ TreatMissingData: "ignore" });
  await pass(2);
  await put(11);
  await pass(3);
  const saved = JSON.parse(JSON.stringify(twin.services().map((service) => service.save?.())));

  const later = await place();
  later.twin.services().forEach((service, index) => void service.load?.(saved[index]));
  await later.alarm({ TreatMissingData: "ignore", AlarmActions: [TopicArn] });
  expect(await later.state()).toBe("ALARM");
  await later.put(11);
  await later.pass(3);
  expect(told()).toHaveLength(1);
  expect(later.told()).toEqual([]);
});

test("an alarm whose actions are switched off changes its state and tells nobody", async () => {
  const { alarm, put, pass, state, told } = await place();
  await alarm({ ActionsEnabled: false });
  await pass(2);
  await put(11);
  await pass(2);
  expect(await state()).toBe("ALARM");
  expect(told()).toEqual([]);
});
