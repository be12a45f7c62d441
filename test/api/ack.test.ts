import { beforeEach, expect, test } from "vitest";
import { digestOf } from "../../functions/alert/acknowledge.ts";
import type { Finding } from "../../functions/core/finding.ts";
import { apiBench } from "./bench.ts";

/*
 * What the reader of a message sees behind its link.
 */
const code = "7K3M-9QXT-2BWE";
const hostile = `</li><script>alert("1")</script><img src=x onerror='alert(1)'>`;
const finding: Finding = {
  kind: "archive-damaged",
  source: "nightly-erp",
  detail: "1a2b3c4d",
  since: "2026-11-21T02:00:00Z",
  region: "eu-central-1",
  message: `The archive "${hostile}" is damaged.`,
  fix: "Look at it.",
};
const id = "archive-damaged.nightly-erp.1a2b3c4d";
let house: Awaited<ReturnType<typeof apiBench>>;

beforeEach(async () => {
  house = await apiBench();
  const { catalog } = house.recovery;
  const at = "2026-11-21T02:00:00.000Z";
  await catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding });
  const episodes = [{ id, since: finding.since }];
  await catalog.recordAcknowledgement(digestOf(code), {
    schema: 1,
    at,
    fact: "acknowledgement",
    region: "eu-central-1",
    episodes,
    messages: [],
  });
}, 60_000);

const stateNow = async () =>
  (await house.ask("listAlerts")).json as unknown as { items: { state: string }[] };

test("following the link shows what it is about and acknowledges nothing, however often", async () => {
  for (let scans = 0; scans < 3; scans++) {
    const { status, text } = await house.raw("GET", `/ack/${code}`);
    expect(status).toBe(200);
    expect(text).toContain('<form method="post" action="/ack/7K3M-9QXT-2BWE">');
  }
  expect(await stateNow()).toMatchObject({ items: [{ state: "open" }] });
});

test("the button acknowledges, and it is in the audit log without the code", async () => {
  const { status, text } = await house.raw("POST", `/ack/${code}`);

  expect(status).toBe(200);
  expect(text).toContain("Acknowledged.");
  expect(await stateNow()).toMatchObject({ items: [{ state: "acknowledged" }] });
  const log = await house.ask("listAudit");
  expect(log.json).toMatchObject({ items: [{ what: "acknowledge", target: `${id}@${finding.since}` }] });
  expect(log.text).not.toContain(code);
});

test("who has an SMS types its code, in whatever case, and then presses the button", async () => {
  const form = {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "code=7k3m9qxt+2bwe",
  };
  const { status, text } = await house.raw("POST", "/ack", form);

  expect(status).toBe(200);
  expect(text).toContain(`action="/ack/${code}"`);
  expect(await stateNow()).toMatchObject({ items: [{ state: "open" }] });
});

test("nothing that a name or a code says becomes markup, and no script would run", async () => {
  for (const path of [`/ack/${code}`, `/ack/${encodeURIComponent(hostile)}`, "/ack"]) {
    const { headers, text } = await house.raw("GET", path);
    expect(text).not.toMatch(/<script|<img/);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(headers["content-security-policy"]).not.toContain("script-src");
  }
});

test("a wrong code tells nothing and changes nothing", async () => {
  const before = await house.vaultNow("eu-central-1");
  for (const wrong of ["0000-0000-0000", "x", "%00", "..%2f..%2f"]) {
    const { status, text } = await house.raw("POST", `/ack/${wrong}`);
    expect(status).toBe(404);
    expect(text).not.toContain("nightly-erp");
  }
  expect(await house.vaultNow("eu-central-1")).toEqual(before);
});
