import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Debian's Chromium, or another that is named. */
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Whether there is a browser; where there is none, that is said for everyone to see. */
export const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  process.stderr.write(
    `\nNO BROWSER: ${executablePath} is not there, so the console is NOT tested. Install chromium.\n\n`,
  );
}

/** Starts the browser. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** What a page did that it may not: what it wrote to the console as an error, threw, or the policy refused. */
export type Watched = { page: Page; complaints: string[]; close(): Promise<void> };

/** A new visitor with a page, in a theme and a width; everything that goes wrong in it is kept. */
export async function visit(
  browser: Browser,
  how: { dark?: boolean; width?: number; height?: number } = {},
): Promise<Watched> {
  const context: BrowserContext = await browser.newContext({
    colorScheme: how.dark ? "dark" : "light",
    viewport: { width: how.width ?? 1_280, height: how.height ?? 900 },
    reducedMotion: "reduce",
    timezoneId: "Etc/UTC",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  const complaints: string[] = [];
  page.on("pageerror", (thrown) => complaints.push(`thrown: ${thrown.message}`));
  page.on("console", (message) => {
    // That a request was refused is told by the page; Chromium writes it as well.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
}

/** Signs in through the issuer's page as one of its people, and comes back to the page that was wanted. */
export async function signIn(
  page: Page,
  url: string,
  person: "Viewer" | "Operator" | "Admin",
  path = "/",
): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: new RegExp(person) }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** Goes to a page of the console without loading it anew, as a link does. */
export async function settle(page: Page): Promise<void> {
  await page.locator("main h1").first().waitFor();
  await page.locator("main .loading").first().waitFor({ state: "detached" });
}

/** What axe finds wrong with a page, one line each. */
export async function axeFinds(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as axe.AxeResults;
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary?.replace(/\s+/g, " ")}`,
    ),
  );
}
