/** The shapes that say a state besides its colour. */
const paths = {
  good: "M3.5 8.5l3 3 6-7",
  bad: "M8 3.5v5.5M8 12v.5",
  waiting: "M8 2.5a5.5 5.5 0 1 0 .01 0M8 5.4V8l1.8 1.3",
  unknown: "M5.8 6a2.2 2.2 0 1 1 3.3 2c-.8.5-1.1.9-1.1 1.7M8 12.2v.3",
  lock: "M5.5 7.5V5.6a2.5 2.5 0 0 1 5 0v1.9M4 7.5h8v5.5H4z",
  busy: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
  out: "M6.5 3H3v10h3.5M7 8h6.5M11 5l3 3-3 3",
} as const;

/** The name of a shape. */
export type IconName = keyof typeof paths;

/** A shape beside a word that says the same: nothing for who listens. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
