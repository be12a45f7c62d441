import type { Execution, HistoryEvent, Operation } from "./durable-state.ts";

/** An operation as the API and the invocation's input show it. */
export function shownForReplay(operation: Operation) {
  const { id, parentId, name, type, subType, status, startMs, endMs } = operation;
  const about = {
    Id: id,
    Type: type,
    Status: status,
    StartTimestamp: new Date(startMs),
    ...(parentId === undefined ? {} : { ParentId: parentId }),
    ...(name === undefined ? {} : { Name: name }),
    ...(subType === undefined ? {} : { SubType: subType }),
    ...(endMs === undefined ? {} : { EndTimestamp: new Date(endMs) }),
  };
  const { result, error, dueMs } = operation;
  const outcome = {
    ...(result === undefined ? {} : { Result: result }),
    ...(error === undefined ? {} : { Error: error }),
  };
  const due = dueMs === undefined ? undefined : new Date(dueMs);
  switch (type) {
    case "EXECUTION":
      return { ...about, ExecutionDetails: { InputPayload: operation.input } };
    case "CONTEXT":
      return {
        ...about,
        ContextDetails: { ...outcome, ...(operation.replayChildren ? { ReplayChildren: true } : {}) },
      };
    case "STEP": {
      const next = status === "PENDING" && due ? { NextAttemptTimestamp: due } : {};
      return { ...about, StepDetails: { Attempt: operation.attempt ?? 0, ...next, ...outcome } };
    }
    case "WAIT":
      return { ...about, WaitDetails: due ? { ScheduledEndTimestamp: due } : {} };
    case "CALLBACK":
      return { ...about, CallbackDetails: { CallbackId: operation.callbackId, ...outcome } };
  }
}

/** A page of the operations that a replay needs: none within a context that has ended and kept its result. */
export function statePage({ operations }: Execution, page: { Marker?: string; MaxItems?: number }) {
  const hidden = new Set<string>();
  const needed = operations.filter(({ id, parentId }) => {
    const parent = operations.find((one) => one.id === parentId);
    const over = parent?.status === "SUCCEEDED" || parent?.status === "FAILED";
    if (!parent || !(hidden.has(parent.id) || (over && !parent.replayChildren))) return true;
    hidden.add(id);
    return false;
  });
  const { items, ...next } = paged(needed, page);
  return { Operations: items.map(shownForReplay), ...next };
}

/** Of a list, the page that a marker names: 100 items by default, 1,000 at most (API reference). */
export function paged<T>(list: T[], { Marker = "0", MaxItems = 0 }: { Marker?: string; MaxItems?: number }) {
  const from = Number(Marker);
  const to = from + Math.min(MaxItems || 100, 1_000);
  return { items: list.slice(from, to), ...(to < list.length ? { NextMarker: String(to) } : {}) };
}

/** An execution as ListDurableExecutionsByFunction shows it. */
export function shownInList({ arn, name, functionArn, version, status, startMs, endMs }: Execution) {
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: name,
    FunctionArn: `${functionArn}:${version}`,
    Status: status,
    StartTimestamp: new Date(startMs),
    ...(endMs === undefined ? {} : { EndTimestamp: new Date(endMs) }),
  };
}

/** An execution as GetDurableExecution shows it. */
export function shown(execution: Execution, withData: boolean) {
  const { version, input, result, error, timeoutSeconds, retentionDays } = execution;
  const data = {
    InputPayload: input,
    ...(result === undefined ? {} : { Result: result }),
    ...(error === undefined ? {} : { Error: error }),
  };
  return {
    ...shownInList(execution),
    Version: version,
    ...(withData ? data : {}),
    ExecutionDataIncluded: withData,
    DurableConfig: { ExecutionTimeout: timeoutSeconds, RetentionPeriodInDays: retentionDays },
  };
}

/** An event of the history as GetDurableExecutionHistory shows it. */
export function shownEvent(event: HistoryEvent, number: number, withData: boolean) {
  const { type, id, name, parentId, subType, atMs, details } = event;
  const shownDetails = Object.entries(details).map(([member, value]) => {
    const data = !withData && ["Input", "Result", "Error"].includes(member);
    return [member, data ? { Truncated: true } : value];
  });
  return {
    EventType: type,
    EventId: number,
    EventTimestamp: new Date(atMs),
    ...(id === undefined ? {} : { Id: id }),
    ...(name === undefined ? {} : { Name: name }),
    ...(parentId === undefined ? {} : { ParentId: parentId }),
    ...(subType === undefined ? {} : { SubType: subType }),
    [`${type}Details`]: Object.fromEntries(shownDetails),
  };
}
