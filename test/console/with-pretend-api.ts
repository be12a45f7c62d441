import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { openBrowser, settle, signIn, visit, type Watched } from "./browser.ts";
import { pretendApi } from "./pretend-api.ts";

/** A browser and an API that answers what a test wants, for all tests of a file; each test has visitors of its own. */
export function withPretendApi() {
  let pretended: Awaited<ReturnType<typeof pretendApi>> | undefined;
  let browser: Browser | undefined;
  const open: Watched[] = [];
  const api = () => {
    if (!pretended) throw new Error("there is no API before the first test");
    return pretended;
  };

  beforeAll(async () => {
    [pretended, browser] = await Promise.all([pretendApi(), openBrowser()]);
  });

  afterEach(async () => {
    api().reset();
    api().made.length = 0;
    for (const { close } of open.splice(0)) await close();
  });

  afterAll(async () => {
    await browser?.close();
    pretended?.close();
  });

  /** Somebody who is not signed in. */
  async function visitor(how: Parameters<typeof visit>[1] = {}): Promise<Watched> {
    if (!browser) throw new Error("there is no browser before the first test");
    const come = await visit(browser, how);
    open.push(come);
    return come;
  }

  /** Somebody who has signed in and is where they wanted to be. */
  async function comeAs(
    person: "Viewer" | "Operator" | "Admin",
    path = "/",
    how: Parameters<typeof visit>[1] = {},
  ): Promise<Watched> {
    const come = await visitor(how);
    await signIn(come.page, api().url, person, path);
    await settle(come.page);
    return come;
  }

  return { api, visitor, comeAs };
}
