import { formatDuration } from "../../functions/core/duration.ts";
import { escaped } from "./escape.ts";
import type { Report } from "./model.ts";

const size = { width: 720, height: 260, left: 64, right: 16, top: 16, bottom: 40 };

/**
 * The trend of what drills measured as an SVG: a bar for each, its lower part until the database was available, its upper
 * part until it was checked; the objective as a line. The table beside it says the same in words.
 */
export function trendChart({ trend, rtoSeconds, measures }: Report, most = 40): string {
  const shown = trend.slice(-most);
  if (shown.length === 0) return "";
  const { width, height, left, right, top, bottom } = size;
  const highest = Math.max(...shown.map(({ seconds }) => seconds), rtoSeconds ?? 0);
  const step = stepFor(highest);
  const max = Math.ceil((highest * 1.02) / step) * step;
  const y = (seconds: number) => round(top + (height - top - bottom) * (1 - seconds / max));
  const slot = (width - left - right) / shown.length;
  const bars = shown.map(({ drill, seconds, availableSeconds, passed }, index) => {
    const x = round(left + slot * index + slot * 0.15);
    const bar = (from: number, to: number, kind: string) =>
      `<rect class="${kind}" x="${x}" y="${y(to)}" width="${round(slot * 0.7)}" height="${round(y(from) - y(to))}"/>`;
    const how = passed ? "" : ", did not pass";
    const available = availableSeconds > 0 ? `available after ${formatDuration(availableSeconds)}, ` : "";
    const title = `${drill}: ${available}checked after ${formatDuration(seconds)}${how}`;
    const mark = passed
      ? ""
      : `<text class="mark" x="${round(x + slot * 0.35)}" y="${y(seconds) - 4}" text-anchor="middle">✕</text>`;
    return `<g><title>${escaped(title)}</title>${bar(0, availableSeconds, "available")}${bar(availableSeconds, seconds, passed ? "checked" : "bad")}${mark}</g>`;
  });
  const lines = Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => {
    const seconds = index * step;
    return `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(seconds)}" y2="${y(seconds)}"/><text x="${left - 8}" y="${y(seconds) + 4}" text-anchor="end">${formatDuration(seconds)}</text>`;
  });
  const objective = rtoSeconds
    ? `<line class="objective" x1="${left}" x2="${width - right}" y1="${y(rtoSeconds)}" y2="${y(rtoSeconds)}"/><text class="objective" x="${width - right}" y="${y(rtoSeconds) - 5}" text-anchor="end">RTO ${formatDuration(rtoSeconds)}</text>`
    : "";
  const [first, last] = [shown[0]?.drill ?? "", shown.at(-1)?.drill ?? ""];
  const ends = `<text x="${left}" y="${height - 14}">${dayOf(first)}</text><text x="${width - right}" y="${height - 14}" text-anchor="end">${shown.length > 1 ? dayOf(last) : ""}</text>`;
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="trend-title trend-text" preserveAspectRatio="xMidYMid meet">`,
    `<title id="trend-title">${measures} of ${shown.length} ${shown.length === 1 ? "drill" : "drills"}</title>`,
    `<desc id="trend-text">${escaped(inWords(shown, rtoSeconds))}</desc>`,
    ...lines,
    ...bars,
    objective,
    ends,
    "</svg>",
  ].join("\n");
}

function inWords(shown: Report["trend"], rtoSeconds: number | undefined): string {
  const last = shown.at(-1)?.seconds ?? 0;
  const worst = Math.max(...shown.map(({ seconds }) => seconds));
  const objective = rtoSeconds ? `; the objective is ${formatDuration(rtoSeconds)}` : "";
  return `The newest took ${formatDuration(last)}, the longest ${formatDuration(worst)}${objective}.`;
}

/** Seconds between two lines of the grid: four to eight of them, at times that people count in. */
function stepFor(highest: number): number {
  const steps = [10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800];
  return steps.find((step) => highest / step <= 7) ?? 86_400;
}

/** 20261121T0300Z -> 2026-11-21. */
function dayOf(slot: string): string {
  return `${slot.slice(0, 4)}-${slot.slice(4, 6)}-${slot.slice(6, 8)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
