import { AwsError, type Call, type Operation, type Service, type Twin } from "../twin.ts";
import { defaultRetries, deliver, send, stringAttribute } from "./delivery.ts";
import { newId, parseArn } from "./ids.ts";
import { parseSchedule } from "./schedule-expression.ts";

type Target = {
  Arn: string;
  RoleArn: string;
  Input?: string;
  DeadLetterConfig?: { Arn: string };
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
};
type Schedule = {
  arn: string;
  name: string;
  group: string;
  region: string;
  expression: string;
  enabled: boolean;
  target: Target;
  createdAt: number;
  startAt: number;
};

/** The first run of a rate comes with its creation, as on AWS, once what is being put up around it is there. */
const settleMs = 3_000;

/**
 * EventBridge Scheduler, in UTC: rate(), cron() and at() that send to Lambda functions and SQS queues. State is not
 * saved: the assembly puts it up again at each start, and what was due in between is not made up for.
 */
export function schedulerService(twin: Twin): Service & { close(): void } {
  const schedules = new Map<string, Schedule>();
  const groups = new Map<string, { arn: string; name: string; region: string }>();
  const timers = new Map<string, () => void>();

  const arnOf = (call: Call, kind: "schedule" | "schedule-group", path: string) =>
    `arn:aws:scheduler:${call.region}:${twin.account}:${kind}/${path}`;
  const find = (call: Call): Schedule => {
    const { Name, GroupName = "default" } = call.input;
    const schedule = schedules.get(arnOf(call, "schedule", `${GroupName}/${Name}`));
    if (schedule) return schedule;
    throw new AwsError("ResourceNotFoundException", `Schedule ${Name} does not exist.`, 404);
  };

  const fire = async (schedule: Schedule, dueMs: number): Promise<void> => {
    const { target } = schedule;
    const executionId = newId();
    const dueIso = `${new Date(dueMs).toISOString().slice(0, 19)}Z`;
    let tries = 0;
    const text = () =>
      (target.Input ?? "{}")
        .replaceAll("<aws.scheduler.scheduled-time>", dueIso)
        .replaceAll("<aws.scheduler.schedule-arn>", schedule.arn)
        .replaceAll("<aws.scheduler.execution-id>", executionId)
        .replaceAll("<aws.scheduler.attempt-number>", String(tries));
    // The principal is the schedule's role: its rights are what counts (user guide, execution role).
    const sender = { principal: target.RoleArn, sourceArn: schedule.arn };
    const policy = {
      maxAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultRetries.maxAgeSeconds,
      maxRetries: target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetries.maxRetries,
      async gaveUp(error: AwsError, attempts: number) {
        if (!target.DeadLetterConfig) return;
        await send(twin, target.DeadLetterConfig.Arn, text(), sender, {
          SCHEDULE_ARN: stringAttribute(schedule.arn),
          TARGET_ARN: stringAttribute(target.Arn),
          ERROR_CODE: stringAttribute(error.code),
          ERROR_MESSAGE: stringAttribute(error.message),
          RETRY_ATTEMPTS: stringAttribute(String(attempts - 1)),
        }).catch(() => {}); // As on AWS: nothing more can be done for it.
      },
    };
    await deliver(twin.clock, policy, () => {
      tries++;
      return send(twin, target.Arn, text(), sender);
    });
  };

  const arm = (schedule: Schedule, fromMs: number): void => {
    timers.get(schedule.arn)?.();
    timers.delete(schedule.arn);
    if (!schedule.enabled) return;
    const dueMs = parseSchedule(schedule.expression, schedule.startAt).next(fromMs);
    if (dueMs === undefined) return;
    const cancel = twin.clock.at(dueMs, () => {
      arm(schedule, dueMs + 1_000);
      void fire(schedule, dueMs);
    });
    timers.set(schedule.arn, cancel);
  };

  const set = (call: Call, createdAt: number): { ScheduleArn: string } => {
    const input = call.input as {
      Name: string;
      GroupName?: string;
      ScheduleExpression: string;
      Target: Target;
    } & Given;
    const group = input.GroupName ?? "default";
    const arn = arnOf(call, "schedule", `${group}/${input.Name}`);
    if ((input.ScheduleExpressionTimezone ?? "UTC") !== "UTC") throw notEmulated("time zones other than UTC");
    if (input.EndDate) throw notEmulated("EndDate");
    if (!["lambda", "sqs"].includes(parseArn(input.Target.Arn).service))
      throw notEmulated(`target ${input.Target.Arn}`);
    if (group !== "default" && !groups.has(arnOf(call, "schedule-group", group))) {
      throw new AwsError("ResourceNotFoundException", `Schedule group ${group} does not exist.`, 404);
    }
    const start = input.StartDate;
    const startAt =
      start === undefined ? createdAt + settleMs : start instanceof Date ? start.getTime() : start * 1_000;
    const schedule = {
      arn,
      name: input.Name,
      group,
      region: call.region,
      expression: input.ScheduleExpression,
      enabled: input.State !== "DISABLED",
      target: input.Target,
      createdAt,
      startAt,
    };
    parseSchedule(schedule.expression, startAt);
    schedules.set(arn, schedule);
    arm(schedule, twin.clock.now());
    return { ScheduleArn: arn };
  };

  const operations: Record<string, Operation> = {
    CreateSchedule({ Name, GroupName = "default" }, call) {
      if (schedules.has(arnOf(call, "schedule", `${GroupName}/${Name}`))) {
        throw new AwsError("ConflictException", `Schedule ${Name} already exists.`, 409);
      }
      return set(call, twin.clock.now());
    },
    UpdateSchedule: (_input, call) => set(call, find(call).createdAt),
    GetSchedule: (_input, call) => shown(find(call)),
    ListSchedules({ GroupName, NamePrefix = "" }, call) {
      const here = [...schedules.values()].filter(
        ({ region, group, name }) =>
          region === call.region && (GroupName ?? group) === group && name.startsWith(NamePrefix),
      );
      return { Schedules: here.map((each) => ({ ...shown(each), Target: { Arn: each.target.Arn } })) };
    },
    DeleteSchedule(_input, call) {
      const schedule = find(call);
      timers.get(schedule.arn)?.();
      timers.delete(schedule.arn);
      schedules.delete(schedule.arn);
      return {};
    },
    CreateScheduleGroup({ Name }, call) {
      const arn = arnOf(call, "schedule-group", Name);
      if (groups.has(arn))
        throw new AwsError("ConflictException", `Schedule group ${Name} already exists.`, 409);
      groups.set(arn, { arn, name: Name, region: call.region });
      return { ScheduleGroupArn: arn };
    },
    ListScheduleGroups(_input, call) {
      const here = [...groups.values()].filter(({ region }) => region === call.region);
      return { ScheduleGroups: here.map(({ arn, name }) => ({ Arn: arn, Name: name, State: "ACTIVE" })) };
    },
  };
  return {
    name: "scheduler",
    operations,
    close() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

type Given = {
  ScheduleExpressionTimezone?: string;
  StartDate?: Date | number;
  EndDate?: unknown;
  State?: string;
};

function shown({ arn, name, group, expression, enabled, target, createdAt }: Schedule) {
  return {
    Arn: arn,
    Name: name,
    GroupName: group,
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: "UTC",
    State: enabled ? "ENABLED" : "DISABLED",
    FlexibleTimeWindow: { Mode: "OFF" },
    CreationDate: new Date(createdAt),
    Target: target,
  };
}

function notEmulated(what: string): AwsError {
  return new AwsError("NotEmulated", `not emulated: scheduler ${what}`, 501);
}
