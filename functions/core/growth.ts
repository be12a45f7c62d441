/** How large something was at an instant (ms since 1970). */
export type Sample = { atMs: number; bytes: number };

/** How fast something grows, and when it reaches what it may come to. */
export type Growth = {
  bytesPerDay: number;
  /** The UTC date, `2026-11-21`; absent if there is no budget, or it will not be reached within ten years. */
  fullOn?: string;
};

/** A forecast of a few days says nothing. */
export const samplesNeeded = 3;

const dayMs = 86_400_000;
const farthestDays = 3_650;

/**
 * The straight line of least squares through the samples, and where it reaches the budget: from the newest sample on, so
 * that what is there counts in full. Undefined with too few samples, or all of one instant. Pure.
 */
export function growthOf(samples: readonly Sample[], budgetBytes?: number): Growth | undefined {
  const instants = new Set(samples.map(({ atMs }) => atMs));
  if (instants.size < samplesNeeded) return undefined;
  const newest = samples.reduce((a, b) => (b.atMs > a.atMs ? b : a));
  const days = samples.map(({ atMs }) => (atMs - newest.atMs) / dayMs);
  const meanDays = mean(days);
  const meanBytes = mean(samples.map(({ bytes }) => bytes));
  let [above, below] = [0, 0];
  for (const [index, { bytes }] of samples.entries()) {
    const off = (days[index] as number) - meanDays;
    above += off * (bytes - meanBytes);
    below += off * off;
  }
  const bytesPerDay = above / below;
  const fullOn = budgetBytes === undefined ? undefined : reached(newest, bytesPerDay, budgetBytes);
  return { bytesPerDay, ...(fullOn ? { fullOn } : {}) };
}

function reached(newest: Sample, bytesPerDay: number, budgetBytes: number): string | undefined {
  const left = budgetBytes - newest.bytes;
  if (left <= 0) return new Date(newest.atMs).toISOString().slice(0, 10);
  const days = bytesPerDay > 0 ? left / bytesPerDay : Number.POSITIVE_INFINITY;
  if (days > farthestDays) return undefined;
  return new Date(newest.atMs + days * dayMs).toISOString().slice(0, 10);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
