import { useState } from "preact/hooks";

/** The end of a list of which there is more. */
export function More({ more }: { more?: (() => Promise<void>) | undefined }) {
  const [busy, setBusy] = useState(false);
  if (!more) return null;
  const read = async () => {
    setBusy(true);
    await more();
    setBusy(false);
  };
  return (
    <button type="button" class="more" aria-disabled={busy} onClick={() => !busy && read()}>
      {busy ? "Loading…" : "Show more"}
    </button>
  );
}
