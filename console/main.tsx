import { render } from "preact";
import type { ConsoleConfig } from "../functions/core/api/console.ts";
import { App } from "./app.tsx";

const place = document.getElementById("app");
if (place) start(place).catch((thrown: unknown) => render(<p class="broken">{`${thrown}`}</p>, place));

/** Reads where to sign in; ends a sign-in that comes back; shows the console. */
async function start(at: HTMLElement): Promise<void> {
  const answer = await fetch("/config.json");
  if (!answer.ok)
    throw new Error(`This console's settings could not be read (${answer.status}). Load the page again.`);
  const config = (await answer.json()) as ConsoleConfig;
  const failure = location.pathname === "/signed-in" ? await comeBack(config) : undefined;
  render(<App config={config} {...(failure && { failure })} />, at);
}

/** Gives why nobody is signed in, if that is so. */
async function comeBack({ signIn }: ConsoleConfig): Promise<string | undefined> {
  try {
    if (!signIn) throw new Error("This environment has no issuer.");
    const { finish } = await import("./sign-in.ts");
    history.replaceState(null, "", await finish(signIn));
    return undefined;
  } catch (thrown) {
    history.replaceState(null, "", "/");
    return `Signing in did not work: ${thrown instanceof Error ? thrown.message : thrown}`;
  }
}
