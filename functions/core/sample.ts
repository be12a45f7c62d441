import type { Sample } from "./plan.ts";

/**
 * How many of `population` objects must be drawn at random to meet damage of that share with that confidence:
 * ln(1 - confidence) / ln(1 - damage) of an endless population, fewer of a small one (finite population correction).
 */
export function sampleSize(population: number, { confidence, damage }: Sample): number {
  if (population <= 0) return 0;
  const endless = Math.ceil(Math.log(1 - confidence) / Math.log(1 - damage));
  const wanted = Math.ceil(endless / (1 + (endless - 1) / population));
  // The correction is an approximation: a few more, if the exact confidence asks for them.
  let size = Math.min(wanted, population);
  while (size < population && confidenceOf(population, size, damage) < confidence) size += 1;
  return size;
}

/** The probability that `drawn` of `population` objects meet at least one, if a share of `damage` of them is damaged. */
export function confidenceOf(population: number, drawn: number, damage: number): number {
  if (population <= 0 || drawn >= population) return 1;
  const damaged = Math.max(1, Math.ceil(population * damage));
  if (drawn > population - damaged) return 1;
  let none = 1;
  for (let one = 0; one < drawn; one++) none *= (population - damaged - one) / (population - one);
  return 1 - none;
}

/**
 * The share of objects to draw, each by itself, so that hardly ever fewer than `size` are drawn: four standard deviations
 * more, which is once in 30,000 drills.
 */
export function drawShare(population: number, size: number): number {
  return population <= 0 ? 1 : Math.min(1, (size + 4 * Math.sqrt(size) + 4) / population);
}
