import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeFinds, hasBrowser, openBrowser, settle, signIn, visit, type Watched } from "./browser.ts";

/** Where pictures for the README go, when they are to be taken anew: `SCREENSHOTS=docs/images npx vitest run …`. */
const pictures = process.env.SCREENSHOTS;

/** What people do in the console, in real Chromium against a running `npm start`; `url` is where its API answers. */
export function consoleJourney(url: () => string): void {
  describe.skipIf(!hasBrowser)("the console, in Chromium", () => {
    let browser: Browser;
    const open: Watched[] = [];

    beforeAll(async () => {
      browser = await openBrowser();
    });

    afterAll(async () => {
      for (const { close } of open) await close();
      await browser?.close();
    });

    async function comeAs(person: "Viewer" | "Operator", path: string, dark = false): Promise<Page> {
      const visitor = await visit(browser, { dark, height: 800 });
      open.push(visitor);
      await signIn(visitor.page, url(), person, path);
      await settle(visitor.page);
      return visitor.page;
    }

    async function picture(page: Page, name: string): Promise<void> {
      if (!pictures) return;
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`) });
    }

    test("shows in one glance how every source stands, and axe finds nothing", async () => {
      const page = await comeAs("Viewer", "/");
      // The watch has its first look when it is deployed.
      const sources = page.locator(".sources");
      const askAgain = page.getByRole("button", { name: "Ask again" });
      await expect
        .poll(
          async () => {
            if (await askAgain.isVisible()) await askAgain.click();
            return sources.isVisible();
          },
          { timeout: 60_000, interval: 1_000 },
        )
        .toBe(true);
      for (const source of ["orders", "uploads", "nightly-erp"])
        await page.getByRole("link", { name: source, exact: true }).waitFor();
      expect(await page.locator("meter").count()).toBeGreaterThan(0);
      expect(await axeFinds(page)).toEqual([]);
      await picture(page, "overview");
    });

    test("shows a source's points over time, with copies and drills", async () => {
      const page = await comeAs("Operator", "/sources/orders");
      await page.getByRole("img", { name: /Timeline .* point.* in eu-west-1, .* drill/ }).waitFor();
      expect(await page.locator(".timeline .mark.restorable").count()).toBeGreaterThan(0);
      expect(await axeFinds(page)).toEqual([]);
      await picture(page, "source");
    });

    test("lets a viewer do nothing, and the API refuses them too", async () => {
      const page = await comeAs("Viewer", "/alerts");
      const button = page.getByRole("button", { name: /^Acknowledge/ }).first();
      expect(await button.getAttribute("aria-disabled")).toBe("true");
      const status = await page.evaluate(`(async () => {
        const { token } = JSON.parse(sessionStorage.getItem("holdfast-session"));
        const headers = { authorization: "Bearer " + token, "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
        return (await fetch("/web/v1/sources/orders/drills", { method: "POST", headers, body: "{}" })).status;
      })()`);
      expect(status).toBe(403);
    });

    test("lets an operator acknowledge an alert", async () => {
      const page = await comeAs("Operator", "/alerts");
      const buttons = page.getByRole("button", { name: /^Acknowledge/ });
      const before = await buttons.count();
      const name = (await buttons.first().getAttribute("aria-label"))?.replace("Acknowledge: ", "") ?? "";
      await buttons.first().click();
      const alert = page
        .getByRole("listitem")
        .filter({ has: page.getByRole("heading", { name, exact: true }) });
      await alert.getByText("acknowledged", { exact: true }).waitFor();
      expect(await buttons.count()).toBe(before - 1);
      await picture(page, "alerts");
    });

    test("starts a drill and follows it to its certificate", async () => {
      const page = await comeAs("Operator", "/drills", true);
      await page.getByRole("button", { name: "Start a drill of orders" }).click();
      await page.getByRole("heading", { name: "Drill of orders" }).waitFor();
      await page.getByText("Passed: this point comes back").waitFor({ timeout: 90_000 });
      await page.getByText(/\d,\d{3},\d{3} rows in \d+ table/).waitFor();
      await page.getByText(/arn:aws:kms:eu-central-1/).waitFor();
      expect(await axeFinds(page)).toEqual([]);
      await picture(page, "certificate");
    });

    test("restores a database beside the one that is there, after the dry run was seen", async () => {
      const page = await comeAs("Operator", "/restore?source=orders");
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByRole("radio", { name: /Another name/ }).check();
      await page.getByLabel("Name of the new database").fill(`orders-look-${Date.now().toString(36)}`);
      await page.getByRole("button", { name: "Show the dry run" }).click();
      await page.getByText(/rds:RestoreDBInstanceFromDBSnapshot/).waitFor();
      expect(await axeFinds(page)).toEqual([]);
      await picture(page, "restore");
      await page.getByRole("button", { name: "Start this restore" }).click();
      await page.getByRole("heading", { name: "Restore of orders" }).waitFor();
      await page.locator(".state", { hasText: "finished" }).waitFor({ timeout: 90_000 });
    });

    test("has all that was done in its audit log", async () => {
      const page = await comeAs("Viewer", "/audit");
      for (const what of ["acknowledgeAlert", "createDrill", "createRestore"])
        await page.getByText(what).first().waitFor();
    });

    test("complained of nothing, anywhere", () => {
      expect(open.flatMap(({ complaints }) => complaints)).toEqual([]);
    });
  });
}
