import type { RestoreView } from "../../functions/core/api/recovery.ts";
import type { PlannedStep } from "../../functions/core/restore.ts";
import { duration } from "../words.ts";
import { Empty } from "./answered.tsx";
import { Icon } from "./icon.tsx";

/** The steps of a restore that runs or ran, each with the time it takes and the time it should. */
export function Steps({ of }: { of: RestoreView["steps"] }) {
  if (of.length === 0) return <Empty>It is being planned; its steps come in a moment.</Empty>;
  return (
    <ol class="steps">
      {of.map(({ name, does, state, seconds, expectedSeconds }) => (
        <li key={name} class={state} aria-current={state === "running" ? "step" : undefined}>
          <Icon name={state === "done" ? "good" : state === "running" ? "busy" : "waiting"} />
          <span>
            <b>{name}</b> <span class="unseen">({state})</span>
            <small>{does}</small>
          </span>
          <span class="number">
            {seconds !== undefined && duration(seconds)}
            {expectedSeconds !== undefined && <small>expected {duration(expectedSeconds)}</small>}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** The steps of a restore that nobody has started, with the calls that each would make. */
export function PlannedSteps({ of }: { of: PlannedStep[] }) {
  return (
    <ol class="steps">
      {of.map(({ name, does, calls, expectedSeconds }, index) => (
        <li key={name}>
          <span class="nth">{index + 1}</span>
          <span>
            <b>{name}</b>
            <small>{does}</small>
            {calls.length > 0 && <small class="id">{calls.join(" ")}</small>}
          </span>
          <span class="number">
            {expectedSeconds === undefined ? <small>not known</small> : duration(expectedSeconds)}
          </span>
        </li>
      ))}
    </ol>
  );
}
