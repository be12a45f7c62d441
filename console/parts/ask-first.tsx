import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import type { Taken } from "../routes.ts";
import { Act, useDoing } from "./act.tsx";
import { Refused } from "./answered.tsx";

/** Something to do that wants a reason, and perhaps more, in a dialog first. */
export function AskFirst({
  operation,
  button,
  title,
  says,
  does,
  kind = "",
  reason = true,
  children,
}: {
  operation: Taken;
  button: string;
  title: string;
  says: string;
  does: (reason: string, key: string) => Promise<unknown>;
  kind?: "" | "main" | "danger";
  /** Whether a reason is wanted. */
  reason?: boolean;
  children?: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [why, setWhy] = useState("");
  const id = useId();
  const { run, busy, refusal } = useDoing(async (key) => {
    await does(why.trim(), key);
    dialog.current?.close();
    setWhy("");
  });
  return (
    <>
      <Act operation={operation} kind={kind} does={() => void dialog.current?.showModal()}>
        {button}
      </Act>
      <dialog ref={dialog} aria-labelledby={id}>
        <form
          method="dialog"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <h2 id={id}>{title}</h2>
          <p>{says}</p>
          {children}
          {reason && (
            <label>
              Reason
              <textarea
                required
                minLength={3}
                maxLength={500}
                rows={3}
                value={why}
                onInput={({ currentTarget }) => setWhy(currentTarget.value)}
              />
              <small>3 to 500 characters; it is kept in the audit log.</small>
            </label>
          )}
          {refusal && <Refused refusal={refusal} loud />}
          <footer>
            <button type="button" onClick={() => dialog.current?.close()}>
              Leave it
            </button>
            <button type="submit" class={kind || "main"} aria-disabled={busy}>
              {button}
            </button>
          </footer>
        </form>
      </dialog>
    </>
  );
}
