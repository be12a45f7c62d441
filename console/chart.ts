import uPlot from "uplot";
import { duration } from "./words.ts";

/** One drill that was measured. */
export type Measured = { atMs: number; seconds: number; passed: boolean };

const heightPixels = 220;

/** Steps of the axis at which people count time, in seconds. */
const steps = [10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

/** Steps of the axis below it: quarters of an hour to years. */
const spans = [1 / 96, 1 / 24, 1 / 8, 1 / 4, 1 / 2, 1, 2, 7, 14, 28, 56, 112, 365].map((day) => day * 86_400);

/** What of an ISO-8601 instant its hour is, and its day. */
const [hours, date] = [
  [11, 16],
  [5, 10],
] as const;

type Five = [string, string, string, string, string];

/** Shows measured RTOs over time in a place, as wide as that is and in the page's colours; gives what ends it. */
export function showTrend(
  div: HTMLElement,
  drills: readonly Measured[],
  rtoSeconds: number | undefined,
): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chart = draw(div, drills, rtoSeconds);
  const redraw = () => {
    chart.destroy();
    chart = draw(div, drills, rtoSeconds);
  };
  const resized = new ResizeObserver(() => chart.setSize({ width: div.clientWidth, height: heightPixels }));
  resized.observe(div);
  dark.addEventListener("change", redraw);
  return () => {
    resized.disconnect();
    dark.removeEventListener("change", redraw);
    chart.destroy();
  };
}

/** Charts paint on a canvas, which knows no style sheet: its colours are read from the page's. */
function draw(div: HTMLElement, drills: readonly Measured[], rtoSeconds: number | undefined): uPlot {
  const [soft, line, accent, bad, text] = coloursOf(div, [
    "--soft",
    "--line",
    "--accent",
    "--bad",
    "--text",
  ]) as Five;
  const highest = Math.max(...drills.map(({ seconds }) => seconds), rtoSeconds ?? 0, 1);
  const font = "12px system-ui, sans-serif";
  const axis = { stroke: soft, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  const data: uPlot.AlignedData = [
    drills.map(({ atMs }) => atMs / 1_000),
    drills.map(({ seconds }) => seconds),
    drills.map(({ seconds, passed }) => (passed ? null : seconds)),
    drills.map(() => rtoSeconds ?? null),
  ];
  const one = drills.length === 1 ? (drills[0]?.atMs ?? 0) / 1_000 : undefined;
  return new uPlot(
    {
      width: div.clientWidth,
      height: heightPixels,
      legend: { show: false },
      cursor: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
      scales: {
        x: one === undefined ? { time: true } : { time: true, range: [one - 43_200, one + 43_200] },
        y: { range: [0, highest * 1.15] },
      },
      axes: [
        {
          ...axis,
          ...{ space: 80, incrs: spans },
          values: (_, splits, _axis, _space, step) =>
            splits.map((seconds) =>
              new Date(seconds * 1_000).toISOString().slice(...(step < 86_400 ? hours : date)),
            ),
        },
        {
          ...axis,
          size: 64,
          incrs: steps,
          values: (_, splits) => splits.map((seconds) => duration(seconds)),
        },
      ],
      series: [
        {},
        { stroke: accent, width: 2, points: { show: true, size: 7, fill: accent, stroke: accent } },
        {
          stroke: bad,
          width: 0,
          points: { show: true, size: 11, width: 2, stroke: bad, fill: "transparent" },
        },
        { stroke: text, width: 1.5, dash: [6, 5], points: { show: false } },
      ],
    },
    data,
    div,
  );
}

/** What custom properties come to here and now, light or dark. */
function coloursOf(place: HTMLElement, names: string[]): string[] {
  const probe = place.appendChild(document.createElement("i"));
  const colours = names.map((name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return colours;
}
