import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** A line to write in. */
export function TextField({
  label,
  value,
  set,
  hint,
  type = "text",
}: {
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: string;
  type?: "text" | "datetime-local";
}) {
  const id = useId();
  const common = {
    id: `${id}-in`,
    value,
    autocomplete: "off",
    "aria-describedby": hint && id,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) => set(currentTarget.value),
  };
  return (
    <label class="field" for={`${id}-in`}>
      <span>{label}</span>
      {type === "text" ? (
        <input type="text" spellcheck={false} {...common} />
      ) : (
        <input type="datetime-local" {...common} />
      )}
      {hint && <small id={id}>{hint}</small>}
    </label>
  );
}

/** One of several, each with what it means. */
export function Choice<T extends string>({
  legend,
  quiet,
  value,
  set,
  of,
}: {
  legend: string;
  /** The heading above says it already to who sees it. */
  quiet?: boolean;
  value: T;
  set: (value: T) => void;
  of: readonly { value: T; label: string; hint?: string; more?: ComponentChildren }[];
}) {
  const name = useId();
  return (
    <fieldset class="options">
      <legend class={quiet ? "unseen" : ""}>{legend}</legend>
      {of.map((one) => (
        <div key={one.value} class={one.value === value ? "chosen" : ""}>
          <label>
            <input type="radio" name={name} checked={one.value === value} onChange={() => set(one.value)} />
            <span>
              {one.label}
              {one.hint && <small>{one.hint}</small>}
            </span>
          </label>
          {one.value === value && one.more && <div class="more-of">{one.more}</div>}
        </div>
      ))}
    </fieldset>
  );
}

/** Something that may be so or not. */
export function Tick({
  label,
  checked,
  set,
  hint,
}: {
  label: string;
  checked: boolean;
  set: (checked: boolean) => void;
  hint?: string;
}) {
  return (
    <label class="tick">
      <input type="checkbox" checked={checked} onChange={({ currentTarget }) => set(currentTarget.checked)} />
      <span>
        {label}
        {hint && <small>{hint}</small>}
      </span>
    </label>
  );
}
