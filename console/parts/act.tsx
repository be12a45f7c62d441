import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import type { Refusal } from "../api.ts";
import { refusalIn } from "../asking.ts";
import type { Taken } from "../routes.ts";
import { useHere, whyNot } from "../who.ts";
import { Refused } from "./answered.tsx";
import { Icon } from "./icon.tsx";

/**
 * Something to do. Who may not sees it disabled with the reason, and can still come to it with the keyboard; the API
 * refuses anyway. `does` gets a key: repeated after a failure, the same is done only once.
 */
export function Act({
  operation,
  does,
  children,
  kind = "",
  label,
  first,
}: {
  operation: Taken;
  does: (key: string) => Promise<unknown> | undefined;
  children: ComponentChildren;
  kind?: "" | "main" | "danger";
  /** What a list's buttons are told apart by. */
  label?: string;
  /** What must be done before, as one sentence. */
  first?: string | undefined;
}) {
  const reason = whyNot(operation, useHere()) ?? first;
  const id = useId();
  const { run, busy, refusal } = useDoing(does);
  return (
    <div class="act">
      <button
        type="button"
        class={kind}
        aria-disabled={reason !== undefined || busy}
        aria-describedby={reason && id}
        aria-label={label}
        onClick={() => !reason && run()}
      >
        {reason && !first ? <Icon name="lock" /> : busy && <Icon name="busy" />}
        {children}
      </button>
      {reason && (
        <small id={id} class="reason">
          {reason}
        </small>
      )}
      {refusal && <Refused refusal={refusal} loud />}
    </div>
  );
}

/** Doing something once at a time, with how that stands. */
export function useDoing(does: (key: string) => Promise<unknown> | undefined) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const key = useRef<string>(undefined);

  async function run(): Promise<void> {
    if (busy) return;
    key.current ??= crypto.randomUUID();
    setBusy(true);
    setRefusal(undefined);
    try {
      await does(key.current);
      key.current = undefined;
    } catch (thrown) {
      const found = refusalIn(thrown);
      // What was not carried through may be asked again as the same; what was refused is another question next time.
      if (found.status !== 0 && found.status < 500) key.current = undefined;
      setRefusal(found);
    } finally {
      setBusy(false);
    }
  }

  return { run, busy, refusal };
}
