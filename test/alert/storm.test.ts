import { expect, test } from "vitest";
import local from "../../infra/environments/local.ts";
import { breach, end, many, open, putUp, subjects, suspect, tell } from "./house.ts";

const minuteMs = 60_000;

test("up to three at once are told one by one", async () => {
  const { primary, outbox } = await putUp();
  for (const finding of many(3)) await open(primary, finding);

  await tell(primary);

  expect(subjects(outbox, "page")).toHaveLength(3);
});

test("more at once are one message that lists each with its reason; and one for their ends", async () => {
  const { primary, outbox, clock } = await putUp();
  const all = [...many(5), ...many(2, "copy-failed")];
  for (const finding of all) await open(primary, finding);

  await tell(primary);

  expect(subjects(outbox, "page")).toEqual([
    "(Holdfast local) 7 findings at once: 5 archive damaged, 2 copy failed",
  ]);
  const [email, sms] = outbox.messages;
  for (const { message } of all) expect(email?.text).toContain(`What is wrong:  ${message}`);
  expect(sms?.text).toContain("7 findings at once");

  clock.advance(10 * minuteMs);
  for (const finding of all) await end(primary, finding);
  await tell(primary);
  expect(subjects(outbox, "page").slice(1)).toEqual([
    "(Holdfast local) Over: 7 findings: 5 archive damaged, 2 copy failed",
  ]);
});

test("a storm that drips is gathered: after three messages the next waits a minute for more", async () => {
  const { primary, outbox, clock } = await putUp();
  const all = many(20);
  for (const finding of all) {
    await open(primary, finding);
    await tell(primary);
    clock.advance(10_000);
  }
  clock.advance(minuteMs);
  await tell(primary);

  const told = subjects(outbox, "page");
  expect(told.length).toBeLessThanOrEqual(7);
  const texts = outbox.messages.filter(({ protocol }) => protocol === "email").map(({ text }) => text);
  for (const { message } of all) expect(texts.filter((text) => text.includes(message))).toHaveLength(1);
});

test("a P1 waits for nothing", async () => {
  const { primary, outbox, clock } = await putUp();
  for (const finding of many(10)) await open(primary, finding);
  await tell(primary);
  clock.advance(1_000);
  await open(primary);

  await tell(primary);

  expect(subjects(outbox, "page").at(-1)).toContain("RPO breached");
});

test("a message never lists more than a hundred, and says how many more there are", async () => {
  const { primary, outbox } = await putUp();
  for (const finding of many(230)) await open(primary, finding);

  await tell(primary);

  const [email] = outbox.messages;
  expect(subjects(outbox, "page")).toHaveLength(1);
  expect(email?.text.match(/What is wrong:/g)).toHaveLength(100);
  expect(email?.text).toContain("And 130 more");
  expect(Buffer.byteLength(email?.text ?? "")).toBeLessThan(256 * 1_024);
});

test("in quiet hours `notify` hears nothing, `page` everything; afterwards it is one message", async () => {
  const quietHours = { from: "20:00", to: "07:00", timeZone: "Europe/Berlin" };
  const house = await putUp({ ...local, alerts: { ...local.alerts, quietHours } });
  const { primary, outbox, clock } = house;
  clock.advance(Date.parse("2026-11-20T22:00:00Z") - clock.now());
  for (const finding of many(6, "archive-suspect")) await open(primary, finding);
  await open(primary, { ...breach, since: "2026-11-20T22:00:00Z" });
  await open(primary, { ...suspect, detail: "healed" });

  await tell(primary);
  expect(outbox.messages.map(({ to }) => to)).toEqual(["page@acme.example", "+4915112345678"]);

  await end(primary, { ...suspect, detail: "healed" });
  clock.advance(Date.parse("2026-11-21T06:00:00Z") - clock.now());
  await tell(primary);
  expect(subjects(outbox, "notify")).toEqual(["(Holdfast local) 6 findings at once: 6 archive suspect"]);
});
