import { describe, expect, test } from "vitest";
import { answersAt } from "./answers.ts";
import { axeFinds, hasBrowser, settle } from "./browser.ts";
import { withPretendApi } from "./with-pretend-api.ts";

/*
 * Every page of the console in real Chromium, with an API behind it that answers what the contract allows, hostile
 * names among it. test/console/journey.test.ts has the same against `npm start`.
 */
const pages = {
  "the overview": "/",
  "a source": "/sources/ledger",
  "a point": "/sources/ledger/points/20261121T0300Z",
  drills: "/drills",
  "a drill": "/sources/ledger/drills/20261121T0300Z",
  alerts: "/alerts",
  channels: "/channels",
  restores: "/restores",
  "a restore": "/restores/ledger-20261121t030512z",
  "the wizard": "/restore?source=ledger",
  audit: "/audit",
  "no page": "/nowhere",
};

describe.skipIf(!hasBrowser)("in Chromium", () => {
  const { api, comeAs, visitor } = withPretendApi();

  for (const [theme, how] of Object.entries({
    "in light": {},
    "in dark, 360 pixels wide": { dark: true, width: 360, height: 740 },
  })) {
    test(`axe finds nothing on any page ${theme}, nothing is wider than the screen, and nothing hostile runs`, async () => {
      const { page, complaints } = await comeAs("Operator", "/", how);
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(`${api().url}${path}`);
        await settle(page);
        expect(await axeFinds(page), name).toEqual([]);
        expect(
          await page.evaluate("document.documentElement.scrollWidth <= innerWidth"),
          `${name} fits`,
        ).toBe(true);
        expect(await page.evaluate("window.hacked"), name).toBeUndefined();
      }
      expect(complaints).toEqual([]);
    });
  }

  test("names that are markup are shown as the text that they are", async () => {
    const { page } = await comeAs("Viewer");
    await page.getByText('<img src=x onerror="window.hacked=1">').waitFor();
    expect(await page.locator("main img, main script").count()).toBe(0);
  });

  test("nothing moves while a page fills", async () => {
    const { page } = await comeAs("Viewer");
    for (const path of ["/", "/sources/ledger", "/drills", "/alerts"]) {
      await page.goto(`${api().url}${path}`);
      await settle(page);
      const shift = await page.evaluate(`new Promise((seen) => new PerformanceObserver((list) =>
        seen(list.getEntries().reduce((sum, { value }) => sum + value, 0))).observe({ type: "layout-shift", buffered: true }) ||
        setTimeout(() => seen(0), 300))`);
      expect(shift, path).toBeLessThan(0.1);
    }
  });

  describe("signing in", () => {
    test("leads back to the page that was wanted", async () => {
      const { page } = await comeAs("Viewer", "/sources/ledger");
      expect(new URL(page.url()).pathname).toBe("/sources/ledger");
      expect(await page.locator("h1").textContent()).toBe("ledger");
    });

    test("that comes back without having been asked for is refused", async () => {
      const { page } = await visitor();
      await page.goto(`${api().url}/signed-in?code=stolen&state=other`);
      await page.getByText("This tab did not ask to sign in.").waitFor();
    });

    test("is asked for again when the session has ended, and says so", async () => {
      const { page } = await comeAs("Viewer");
      await page.evaluate(
        `sessionStorage.setItem("holdfast-session", JSON.stringify({ token: "no more", endsAt: Date.now() + 60_000 }))`,
      );
      await page.getByRole("link", { name: "Alerts", exact: true }).click();
      await page.getByText("Your session has ended.").waitFor();
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("button", { name: /Viewer/ }).click();
      await page.getByRole("heading", { name: "Alerts" }).waitFor();
    });

    test("out forgets the token", async () => {
      const { page } = await comeAs("Viewer");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("button", { name: "Sign in" }).waitFor();
      expect(await page.evaluate("sessionStorage.length")).toBe(0);
    });
  });

  describe("states", () => {
    test("a report that is too old is said first and loudest, and no gauge is trusted", async () => {
      const { getStatus } = answersAt(Date.now() - 40 * 60_000);
      if (getStatus) api().say("getStatus", { answer: { ...getStatus, stale: true, ageSeconds: 2_520 } });
      const { page } = await comeAs("Viewer");
      await page.getByText("Not known: nobody has looked for 42m").waitFor();
      expect(await page.locator(".sources meter").count()).toBe(0);
      expect(await page.locator(".source .state").allTextContents()).toEqual(Array(4).fill("not known"));
    });

    test("that there is no report is no reason to say anything good", async () => {
      const detail = "The watch in eu-central-1 has not reported yet";
      const problem = { status: 503, code: "unavailable", detail, fix: "It looks every 5 minutes." };
      api().say("getStatus", { problem });
      const { page } = await comeAs("Viewer");
      await page.getByText("Not known", { exact: true }).waitFor();
      await page.getByText(`${detail}. It looks every 5 minutes.`).waitFor();
      expect(await axeFinds(page)).toEqual([]);
    });

    test("an environment in which all is well says yes", async () => {
      const { getStatus } = answersAt(Date.now());
      const sources = getStatus?.sources.filter(({ state }) => state === "ok") ?? [];
      if (getStatus) api().say("getStatus", { answer: { ...getStatus, ok: true, sources } });
      const { page } = await comeAs("Viewer");
      await page.getByText("Yes: 1 source within objectives").waitFor();
    });

    test("nothing yet is explained, on every list", async () => {
      const none = { answer: { items: [] } };
      for (const operation of [
        "listAlerts",
        "listRestores",
        "listAudit",
        "listPoints",
        "listDrills",
      ] as const)
        api().say(operation, none);
      const { page, complaints } = await comeAs("Viewer");
      for (const [path, words] of [
        ["/alerts", "Nothing is wrong as far as anybody can see."],
        ["/restores", "Nothing has been restored yet."],
        ["/audit", "Nobody has changed anything"],
        ["/sources/ledger", "There is no point yet."],
        ["/drills", "It has not been rehearsed yet."],
      ] as const) {
        await page.goto(`${api().url}${path}`);
        await page.getByText(words).first().waitFor();
        expect(await axeFinds(page), path).toEqual([]);
      }
      expect(complaints).toEqual([]);
    });

    test("what does not answer is said with what to do, and can be asked again", async () => {
      const problem = {
        status: 503,
        code: "unavailable",
        detail: "The vault does not answer.",
        fix: "Look at S3.",
      };
      const { page } = await comeAs("Viewer");
      api().say("listAlerts", { problem });
      await page.getByRole("link", { name: "Alerts", exact: true }).click();
      await page.getByText("The vault does not answer.").waitFor();
      expect(await axeFinds(page)).toEqual([]);
      api().reset();
      await page.getByRole("button", { name: "Try again" }).click();
      await page
        .getByRole("heading", { name: '"ledger" is out of its RPO of 2h in eu-central-1.' })
        .waitFor();
    });

    test("who has no role is told so, and not shown an empty console", async () => {
      api().say("whoAmI", {
        problem: {
          status: 403,
          code: "access-denied",
          detail: "You are in none of its groups.",
          fix: "Ask an admin.",
        },
      });
      const { page } = await comeAs("Viewer");
      await page.getByRole("heading", { name: "You have no role here" }).waitFor();
      expect(await axeFinds(page)).toEqual([]);
    });
  });

  test("a certificate's page says who has checked its signature, and how to do so oneself", async () => {
    const { page } = await comeAs("Viewer");
    await page.goto(`${api().url}${pages["a drill"]}`);
    await page.getByText("one that the vault in eu-central-1 knows").waitFor();
    await page.getByText(/^npx holdfast certificate .* --verify --env prod$/).waitFor();
  });

  test("a certificate that is not as it was signed proves nothing, first and loudest", async () => {
    const { getDrill } = answersAt(Date.now());
    const document = { region: "eu-central-1", text: "", mismatches: ["its signature does not match"] };
    if (getDrill) api().say("getDrill", { answer: { ...getDrill, document } });
    const { page } = await comeAs("Viewer");
    await page.goto(`${api().url}${pages["a drill"]}`);
    await page.getByRole("alert").getByText("its signature does not match").waitFor();
    expect(await page.getByText("The API has checked it").count()).toBe(0);
    expect(await axeFinds(page)).toEqual([]);
  });

  test("by keyboard alone one skips to the content, and a new page's heading has the focus", async () => {
    const { page } = await comeAs("Viewer");
    await page.goto(api().url);
    await settle(page);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("To the content");
    await page.getByRole("link", { name: "Audit" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Audit");
    expect(await page.title()).toBe("Audit · Holdfast prod");
  });
});
