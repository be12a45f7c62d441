import type { PlannedStep, RestoreRequest } from "../core/restore.ts";
import type { RestoreWorld } from "../restore-world.ts";
import type { Past } from "./view.ts";

/** How long an approval is waited for. Then nothing has been done, and nothing is. */
export const approvalSeconds = 24 * 3_600;

/** The first step of every restore where the environment wants an approval. */
export function approvalSteps(
  { restores }: RestoreWorld["environment"],
  { id }: RestoreRequest,
): PlannedStep[] {
  if (restores?.approval !== "required") return [];
  const does = `Waits up to 24 h until another principal says: holdfast approve ${id}`;
  return [{ name: "approval", does, calls: [] }];
}

/** The steps with how long each is expected to take: the median of what it took before. */
export function withExpectations(steps: readonly PlannedStep[], past: Past): PlannedStep[] {
  return steps.map((step) => {
    const known = past.get(step.name);
    return known && known.length > 0 ? { ...step, expectedSeconds: median(known) } : step;
  });
}

/** The sum of what is expected; undefined where nothing is known of a step that takes time. */
export function expectedSeconds(steps: readonly PlannedStep[]): number | undefined {
  const known = steps.filter(({ expectedSeconds }) => expectedSeconds !== undefined);
  if (!known.some(({ name }) => name === "restore" || name === "objects")) return undefined;
  return known.reduce((sum, { expectedSeconds = 0 }) => sum + expectedSeconds, 0);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0);
}
