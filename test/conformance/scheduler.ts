import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { present, refused, same } from "./expect.ts";
import type { Case, Place } from "./place.ts";
import { queueIn } from "./queues.ts";

const at = (ms: number) => `at(${new Date(ms).toISOString().slice(0, 19)})`;

/** What a schedule is made of, but for its name; it sends to a queue of its own. */
async function wish(place: Place, more: Partial<CreateScheduleCommandInput> = {}, Input?: string) {
  const { arn: Arn, ...queue } = await queueIn(place);
  const RoleArn =
    place.bench.aim.roleArn ?? `arn:aws:iam::${await place.account()}:role/holdfast-conformance`;
  const Name = place.name("schedule");
  const schedule = {
    Name,
    ScheduleExpression: "rate(1 hour)",
    FlexibleTimeWindow: { Mode: "OFF" as const },
    State: "DISABLED" as const,
    Target: { Arn, RoleArn, ...(Input ? { Input } : {}) },
    ...more,
  };
  return { schedule, queue, Name };
}

async function create(place: Place, schedule: CreateScheduleCommandInput) {
  const { scheduler } = place.here;
  const made = await scheduler.send(new CreateScheduleCommand(schedule));
  const { Name } = schedule;
  place.afterwards(`schedule ${Name}`, () => scheduler.send(new DeleteScheduleCommand({ Name })));
  return present("the schedule's ARN", made.ScheduleArn);
}

/** EventBridge Scheduler: what makes the slots come round. */
export const schedulerCases: Case[] = [
  {
    name: "Scheduler: a schedule is made, read, listed, changed and deleted",
    needs: "role",
    async run(place) {
      const { scheduler, region } = place.here;
      const { schedule, Name } = await wish(place, {}, '{"schema":1}');
      const { ScheduleArn } = await scheduler.send(new CreateScheduleCommand(schedule));
      const account = await place.account();
      same("the ARN", ScheduleArn, `arn:aws:scheduler:${region}:${account}:schedule/default/${Name}`);
      const read = () => scheduler.send(new GetScheduleCommand({ Name }));
      const first = await read();
      same("the expression", first.ScheduleExpression, "rate(1 hour)");
      same("the time zone", first.ScheduleExpressionTimezone, "UTC");
      same("the group", first.GroupName, "default");
      same("the state", first.State, "DISABLED");
      same("the input", first.Target?.Input, '{"schema":1}');
      const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ NamePrefix: Name }));
      same(
        "the list",
        Schedules.map((one) => one.Name),
        [Name],
      );
      await scheduler.send(
        new UpdateScheduleCommand({ ...schedule, ScheduleExpression: "cron(0 3 * * ? *)" }),
      );
      same("the expression changed", (await read()).ScheduleExpression, "cron(0 3 * * ? *)");
      await scheduler.send(new DeleteScheduleCommand({ Name }));
      await refused("reading it then", read(), { name: /^ResourceNotFoundException$/, status: 404 });
    },
  },
  {
    name: "Scheduler: a name that is taken is a ConflictException, one that is not there ResourceNotFoundException",
    needs: "role",
    async run(place) {
      const { schedule } = await wish(place);
      await create(place, schedule);
      const again = place.here.scheduler.send(new CreateScheduleCommand(schedule));
      await refused("the same name", again, { name: /^ConflictException$/, status: 409 });
      const Name = place.name("none");
      const none = place.here.scheduler.send(new DeleteScheduleCommand({ Name }));
      await refused("deleting none", none, { name: /^ResourceNotFoundException$/, status: 404 });
    },
  },
  {
    name: "Scheduler: an expression that is none is refused with ValidationException",
    needs: "role",
    async run(place) {
      for (const ScheduleExpression of ["rate(0 hours)", "cron(0 3 * * *)", "every hour"]) {
        const { schedule } = await wish(place, { ScheduleExpression });
        const made = place.here.scheduler.send(new CreateScheduleCommand(schedule));
        await refused(ScheduleExpression, made, { name: /^ValidationException$/, status: 400 });
      }
    },
  },
  {
    name: "Scheduler: a one-time schedule sends its input to a queue, with the time it was due",
    needs: "role",
    async run(place) {
      const Input = '{"slot":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}';
      // AWS is exact to the minute; a time just past is refused.
      const dueMs = Math.ceil(Date.now() / 1_000) * 1_000 + (place.bench.aim.endpoint ? 5_000 : 60_000);
      const { schedule, queue } = await wish(
        place,
        { ScheduleExpression: at(dueMs), State: "ENABLED" },
        Input,
      );
      const by = await create(place, schedule);
      const told = await place.until("its message", () => queue.receive());
      same("the message", told, { slot: `${new Date(dueMs).toISOString().slice(0, 19)}Z`, by });
    },
  },
];
