import { Icon, type IconName } from "./icon.tsx";

/** How serious a state is. */
export type Tone = "good" | "warn" | "bad" | "unknown" | "waiting";

const icons: Record<Tone, IconName> = {
  good: "good",
  warn: "bad",
  bad: "bad",
  unknown: "unknown",
  waiting: "waiting",
};

const tones: Record<string, Tone> = {
  ...{
    ok: "good",
    passed: "good",
    present: "good",
    finished: "good",
    resolved: "good",
    undone: "good",
    approved: "good",
  },
  ...{
    late: "bad",
    failed: "bad",
    lost: "bad",
    open: "bad",
    "undo failed": "bad",
    "fast burn": "bad",
    spent: "bad",
  },
  ...{
    "has findings": "warn",
    "slow burn": "warn",
    "broken-off": "warn",
    "awaiting approval": "warn",
    refused: "warn",
  },
  ...{
    acknowledged: "warn",
    expired: "unknown",
    cancelled: "unknown",
    absent: "unknown",
    "not known": "unknown",
  },
};

/** How serious a state of the API is; what is going on is waiting. */
export function toneOf(state: string): Tone {
  return (Object.hasOwn(tones, state) && tones[state]) || "waiting";
}

/** A state as a word with its shape and colour. */
export function State({ is, tone = toneOf(is), children }: { is: string; tone?: Tone; children?: string }) {
  return (
    <span class={`state ${tone}`}>
      <Icon name={icons[tone]} />
      {children ?? is}
    </span>
  );
}
