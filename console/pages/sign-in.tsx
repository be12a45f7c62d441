import { useEffect, useState } from "preact/hooks";
import type { ConsoleConfig } from "../../functions/core/api/console.ts";
import { useDoing } from "../parts/act.tsx";
import { Refused } from "../parts/answered.tsx";
import { Icon } from "../parts/icon.tsx";

/** Where somebody who is not signed in finds themselves, with the page that they wanted kept for afterwards. */
export function SignInPage({ config, why }: { config: ConsoleConfig; why: string | undefined }) {
  const [issuer] = useState(() => config.signIn && new URL(config.signIn.issuer).host);
  const { run, busy, refusal } = useDoing(async () => {
    if (!config.signIn) return;
    const { begin } = await import("../sign-in.ts");
    await begin(config.signIn, location.pathname + location.search);
  });
  useEffect(() => {
    document.title = `Sign in · Holdfast ${config.environment}`;
  }, [config.environment]);
  return (
    <main class="sign-in">
      <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" />
        <path d="M10 7v18M22 7v18M10 16h12" />
      </svg>
      <h1>Holdfast</h1>
      <p>
        Environment <b>{config.environment}</b>, seen from <b>{config.region}</b>.
      </p>
      {why && (
        <p class="note" role="status">
          {why}
        </p>
      )}
      {config.signIn ? (
        <>
          <button type="button" class="main" aria-disabled={busy} onClick={run}>
            {busy && <Icon name="busy" />}Sign in
          </button>
          <p class="soft">You are sent to {issuer} and come back here.</p>
        </>
      ) : (
        <p class="note">
          This environment has no issuer to sign in with. The command line reaches the API:{" "}
          <code>npx holdfast status --env {config.environment}</code>
        </p>
      )}
      {refusal && <Refused refusal={refusal} loud />}
    </main>
  );
}
