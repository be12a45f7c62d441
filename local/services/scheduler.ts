import { AwsError, type Service, type Twin } from "../twin.ts";
import { deliver, send } from "./delivery.ts";

type Target = {
  Arn: string;
  Input?: string;
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
  DeadLetterConfig?: { Arn?: string };
};

const unitSeconds = { minute: 60, hour: 3_600, day: 86_400 } as const;

/**
 * EventBridge Scheduler: schedules by rate, which run their target once as they are created and then at each
 * interval. Cron and one-time schedules are refused: nothing here uses them.
 */
export function schedulerService(twin: Twin): Service {
  const schedules = new Map<
    string,
    { Name: string; ScheduleExpression: string; Target: Target; cancel: () => void }
  >();
  return {
    name: "scheduler",
    operations: {
      CreateSchedule({ Name, ScheduleExpression, Target }, { region }) {
        const parts = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression);
        if (!parts)
          throw new AwsError("NotEmulated", `not emulated: the schedule ${ScheduleExpression}`, 501);
        const everyMs = Number(parts[1]) * unitSeconds[parts[2] as keyof typeof unitSeconds] * 1_000;
        const key = `${region}/${Name}`;
        schedules.get(key)?.cancel();
        const arn = `arn:aws:scheduler:${region}:${twin.account}:schedule/default/${Name}`;
        const schedule = { Name, ScheduleExpression, Target, cancel: () => {} };
        schedules.set(key, schedule);
        const run = (): void => {
          schedule.cancel = twin.clock.at(twin.clock.now() + everyMs, run);
          void invoke(Target, arn);
        };
        // The first run comes with the creation, as on AWS, once what is being put up around it is there.
        schedule.cancel = twin.clock.at(twin.clock.now() + 3_000, run);
        return { ScheduleArn: arn };
      },
      ListSchedules: (_input, { region }) => ({
        Schedules: [...schedules]
          .filter(([key]) => key.startsWith(`${region}/`))
          .map(([, { Name }]) => ({ Name, State: "ENABLED" })),
      }),
    },
  };

  function invoke(target: Target, sourceArn: string): Promise<void> {
    const scheduledTime = new Date(twin.clock.now()).toISOString();
    const input = (target.Input ?? "{}").replaceAll("<aws.scheduler.scheduled-time>", scheduledTime);
    const sender = { principal: "scheduler.amazonaws.com", sourceArn };
    return deliver(
      twin.clock,
      {
        maxRetries: target.RetryPolicy?.MaximumRetryAttempts ?? 185,
        maxAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
        gaveUp: async () => {
          if (target.DeadLetterConfig?.Arn) await send(twin, target.DeadLetterConfig.Arn, input, sender);
        },
      },
      () => send(twin, target.Arn, input, sender),
    );
  }
}
