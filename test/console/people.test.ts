import { describe, expect, test } from "vitest";
import { axeFinds, hasBrowser } from "./browser.ts";
import { withPretendApi } from "./with-pretend-api.ts";

/* What people of each role do in the console, in real Chromium, and what the API is then asked. */
describe.skipIf(!hasBrowser)("in Chromium", () => {
  const { api, comeAs } = withPretendApi();

  describe("a viewer", () => {
    test("sees what they may not do, disabled and with the reason, and clicking does nothing", async () => {
      const { page } = await comeAs("Viewer", "/alerts");
      const button = page.getByRole("button", { name: /^Acknowledge/ });
      expect(await button.getAttribute("aria-disabled")).toBe("true");
      const reason = await button.getAttribute("aria-describedby");
      expect(await page.locator(`[id="${reason}"]`).textContent()).toBe(
        "Needs the role operator; you are viewer.",
      );
      await button.click({ force: true });
      await button.focus();
      await page.keyboard.press("Enter");
      expect(api().made.map(({ operation }) => operation)).not.toContain("acknowledgeAlert");
    });

    test("may see the dry run of a restore, and not start it", async () => {
      const { page } = await comeAs("Viewer", "/restore?source=ledger");
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByRole("button", { name: "Show the dry run" }).click();
      await page.getByText("Restores the snapshot beside what is there").waitFor();
      expect(
        await page.getByRole("button", { name: "Start this restore" }).getAttribute("aria-disabled"),
      ).toBe("true");
    });
  });

  describe("an operator", () => {
    test("restores through the wizard, and nothing is asked of the API but the plan before they say so", async () => {
      const { page, complaints } = await comeAs("Operator", "/restore");
      await page.getByRole("button", { name: /ledger/ }).click();
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByRole("radio", { name: /In place of what is there/ }).check();
      await page.getByRole("button", { name: "Show the dry run" }).click();
      const start = page.getByRole("button", { name: "Start this restore" });
      expect(await start.getAttribute("aria-disabled")).toBe("true");
      await start.click({ force: true });
      expect(api().made.map(({ operation }) => operation)).not.toContain("createRestore");
      expect(await axeFinds(page)).toEqual([]);
      await page.getByLabel(/Write ledger to go on/).fill("ledger");
      await start.click();
      await page.getByRole("heading", { name: "Restore of ledger" }).waitFor();
      const wish = {
        source: "ledger",
        region: "eu-west-1",
        wanted: { which: "latest" },
        replace: { prebackup: true },
      };
      expect(api().made.find(({ operation }) => operation === "planRestore")?.body).toEqual(wish);
      expect(api().made.find(({ operation }) => operation === "createRestore")?.body).toEqual(wish);
      expect(complaints).toEqual([]);
    });

    test("who tries again after no answer asks for the same thing, and it is done once", async () => {
      const { page } = await comeAs("Operator", "/alerts");
      api().say("acknowledgeAlert", {
        problem: { status: 503, code: "unavailable", detail: "Nothing came back.", fix: "Try again." },
      });
      const button = page.getByRole("button", { name: /^Acknowledge/ });
      await button.click();
      await page.getByRole("alert").waitFor();
      await button.click();
      await expect
        .poll(() => api().made.filter(({ operation }) => operation === "acknowledgeAlert").length)
        .toBe(2);
      const keys = api()
        .made.filter(({ operation }) => operation === "acknowledgeAlert")
        .map(({ key }) => key);
      expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect(keys[1]).toBe(keys[0]);
    });

    test("holds a point with a reason, in a dialog that takes and gives back the focus", async () => {
      const { page } = await comeAs("Operator", "/sources/ledger/points/20261121T0300Z");
      await page.getByRole("button", { name: "Hold" }).click();
      const dialog = page.getByRole("dialog", { name: "Hold 20261121T0300Z" });
      expect(await axeFinds(page)).toEqual([]);
      await dialog.getByLabel("Reason").fill("court order 17");
      await page.keyboard.press("Escape");
      expect(await page.evaluate("document.activeElement.textContent")).toBe("Hold");
      await page.keyboard.press("Enter");
      api().say("holdPoint", { answer: { hold: "h1", regions: ["eu-west-1"], wasDueIn: [] } });
      await dialog.getByRole("button", { name: "Hold" }).click();
      await dialog.waitFor({ state: "hidden" });
      expect(api().made.find(({ operation }) => operation === "holdPoint")?.body).toEqual({
        reason: "court order 17",
      });
    });
  });
});
