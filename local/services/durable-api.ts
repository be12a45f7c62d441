import type { Operation } from "../twin.ts";
import type { DurableExecutions } from "./durable.ts";
import { paged, shown, shownEvent, shownInList } from "./durable-shapes.ts";
import type { Functions } from "./lambda-functions.ts";

/** The calls about durable executions, as the function and as others make them. */
export function durableOperations(
  executions: DurableExecutions,
  functions: Functions,
): Record<string, Operation> {
  return {
    CheckpointDurableExecution: ({ DurableExecutionArn, CheckpointToken, Updates = [] }) =>
      executions.checkpoint(DurableExecutionArn, CheckpointToken, Updates),
    GetDurableExecutionState: ({ DurableExecutionArn, CheckpointToken, ...page }) =>
      executions.state(DurableExecutionArn, CheckpointToken, page),
    GetDurableExecution: ({ DurableExecutionArn, IncludeExecutionData = true }) =>
      shown(executions.find(DurableExecutionArn), IncludeExecutionData),
    GetDurableExecutionHistory({ DurableExecutionArn, IncludeExecutionData = true, ReverseOrder, ...page }) {
      const { history } = executions.find(DurableExecutionArn);
      const events = history.map((event, at) => shownEvent(event, at + 1, IncludeExecutionData));
      const { items, ...next } = paged(ReverseOrder ? events.reverse() : events, page);
      return { Events: items, ...next };
    },
    ListDurableExecutionsByFunction(input, { region }) {
      const { FunctionName, Qualifier, DurableExecutionName: name, Statuses, ReverseOrder } = input;
      const { spec, version, qualified } = functions.resolve(FunctionName, region, Qualifier);
      const after = instant(input.StartedAfter) ?? -Infinity;
      const before = instant(input.StartedBefore) ?? Infinity;
      const found = executions.all(region).filter((one) => {
        if (one.functionArn !== spec.arn || (qualified && one.version !== version)) return false;
        if (one.startMs <= after || one.startMs >= before) return false;
        return (name ?? one.name) === one.name && (Statuses ?? [one.status]).includes(one.status);
      });
      // The newest first, unless asked for otherwise.
      const { items, ...next } = paged(ReverseOrder ? found : found.reverse(), input);
      return { DurableExecutions: items.map(shownInList), ...next };
    },
    StopDurableExecution({ DurableExecutionArn, Error: error }) {
      return { StopTimestamp: new Date(executions.stop(DurableExecutionArn, error ?? {})) };
    },
    SendDurableExecutionCallbackSuccess({ CallbackId, Result }) {
      const result = Result === undefined ? "" : Buffer.from(Result).toString();
      executions.answer(CallbackId, { status: "SUCCEEDED", ...(result === "" ? {} : { result }) });
      return {};
    },
    SendDurableExecutionCallbackFailure({ CallbackId, Error: error }) {
      executions.answer(CallbackId, { status: "FAILED", error: error ?? {} });
      return {};
    },
    SendDurableExecutionCallbackHeartbeat({ CallbackId }) {
      executions.heartbeat(CallbackId);
      return {};
    },
  };
}

function instant(given: Date | string | undefined): number | undefined {
  return given === undefined ? undefined : new Date(given).getTime();
}
