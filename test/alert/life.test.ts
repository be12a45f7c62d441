import { describe, expect, test } from "vitest";
import { acknowledge } from "../../functions/alert/acknowledge.ts";
import { findingId } from "../../functions/core/finding.ts";
import local from "../../infra/environments/local.ts";
import { AwsError } from "../../local/twin.ts";
import { breach, end, facts, mirror, open, putUp, subjects, suspect, tell } from "./house.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type House = Awaited<ReturnType<typeof putUp>>;

/** Runs passes in the primary region, and says after how many minutes each message came. */
async function minutesOf({ primary, clock, outbox }: House, passes: number, everyMinutes = 1) {
  const minutes: [number, string | undefined][] = [];
  for (let minute = 0; minute < passes * everyMinutes; minute += everyMinutes) {
    const before = outbox.messages.length;
    await tell(primary);
    for (const { protocol, subject, to } of outbox.messages.slice(before))
      if (protocol === "email") minutes.push([minute, `${to.split("@")[0]}: ${subject?.slice(17)}`]);
    clock.advance(everyMinutes * minuteMs);
  }
  return minutes;
}

describe("what nobody acknowledges is told again, to `page`:", () => {
  test("a P1 after 15 minutes, an hour and four hours", async () => {
    const house = await putUp();
    await open(house.primary);

    expect(await minutesOf(house, 100, 5)).toEqual([
      [0, "page: RPO breached: orders in eu-west-1"],
      [15, "page: Not acknowledged for 15m: RPO breached: orders in eu-west-1"],
      [60, "page: Not acknowledged for 1h: RPO breached: orders in eu-west-1"],
      [240, "page: Not acknowledged for 4h: RPO breached: orders in eu-west-1"],
    ]);
  });

  test("a P2 after an hour and four", async () => {
    const house = await putUp();
    await open(house.primary, { ...breach, kind: "archive-damaged" });

    expect((await minutesOf(house, 100, 10)).map(([minute]) => minute)).toEqual([0, 60, 240]);
  });

  test("a P3 after a day, and whom that woke hears of its end too", async () => {
    const house = await putUp();
    await open(house.primary, suspect);

    const told = await minutesOf(house, 60, 60);
    expect(told).toEqual([
      [0, "notify: Archive suspect: orders in eu-west-1"],
      [24 * 60, "page: Not acknowledged for 1d: archive suspect: orders in eu-west-1"],
    ]);
    await end(house.primary, suspect);
    expect((await minutesOf(house, 1)).sort()).toEqual([
      [0, "notify: Over: archive suspect: orders in eu-west-1"],
      [0, "page: Over: archive suspect: orders in eu-west-1"],
    ]);
  });

  test("a P4 never", async () => {
    const house = await putUp();
    await open(house.primary, { ...breach, kind: "clone-leaked" });

    expect(await minutesOf(house, 200, 60)).toHaveLength(1);
  });

  test("within the time that the environment gives", async () => {
    const house = await putUp({ ...local, alerts: { ...local.alerts, acknowledgeSeconds: { P1: 300 } } });
    await open(house.primary);

    expect((await minutesOf(house, 40, 5)).map(([minute]) => minute)).toEqual([0, 5, 20, 80]);
  });

  test("not in one breath, when several came due while nobody could tell", async () => {
    const house = await putUp();
    await open(house.primary);
    await tell(house.primary);
    house.clock.advance(5 * hourMs);

    expect((await minutesOf(house, 60)).map(([minute]) => minute)).toEqual([0, 15, 30]);
  });
});

test("the code of its e-mail acknowledges it, and nothing is told again until it ends", async () => {
  const house = await putUp();
  const { primary, outbox } = house;
  await open(primary);
  await tell(primary);
  const [, code = ""] = /alerts ack ([0-9A-Z-]{14}) --env local/.exec(outbox.messages[0]?.text ?? "") ?? [];

  await acknowledge({ code }, "ada", primary);
  expect((await minutesOf(house, 300, 5)).filter(([minute]) => minute > 0)).toEqual([]);

  await end(primary);
  expect(await minutesOf(house, 2)).toEqual([[0, "page: Over: RPO breached: orders in eu-west-1"]]);
});

test("where there is an API, e-mail and SMS have a link to it, and the code is kept nowhere", async () => {
  const { primary, outbox, twin } = await putUp();
  await open(primary);
  const written: string[] = [];
  twin.interceptors.push((call, proceed) => {
    if (call.operation === "PutObject") written.push(JSON.stringify(call.input.Key), String(call.input.Body));
    return proceed();
  });

  await tell({ ...primary, apiUrl: "https://abc123.execute-api.eu-west-1.amazonaws.com/" });

  const [email, sms] = outbox.messages;
  const link = /https:\/\/abc123.execute-api.eu-west-1.amazonaws.com\/ack\/([0-9A-Z-]{14})/;
  const [, code = ""] = link.exec(email?.text ?? "") ?? [];
  expect(sms?.text).toContain(`/ack/${code}`);
  expect(sms?.text.length).toBeLessThanOrEqual(140);
  expect(written.length).toBeGreaterThan(3);
  for (const text of written) expect(text).not.toContain(code);
  expect(await acknowledge({ code }, "ada", primary)).toMatchObject([{ state: "acknowledged" }]);
});

test("one region goes on where the other one, which told it, is away", async () => {
  const house = await putUp();
  const { primary, recovery, outbox, clock } = house;
  await open(primary);
  await tell(primary);
  await mirror(recovery);

  clock.advance(29 * minuteMs);
  await tell(recovery);
  expect(outbox.messages).toHaveLength(2);

  clock.advance(minuteMs);
  await tell(recovery);
  expect(subjects(outbox, "page").at(-1)).toContain("Not acknowledged for 30m");
  expect(await facts(recovery)).toContain("escalated-eu-central-1-1.json");
  expect(
    await acknowledge({ findingId: findingId(breach), since: breach.since }, "ada", recovery),
  ).toMatchObject([{ state: "acknowledged" }]);
});

describe("what heals by itself is told once it has lasted:", () => {
  const away = {
    ...breach,
    kind: "region-unreachable",
    source: "account",
    detail: "eu-west-1-bucket",
  } as const;
  const trace = ({ primary }: House) => primary.catalog.writeIndex("reconcile", "{}\n");

  test("a pass of the reconciler has looked again by then, and ended it not", async () => {
    const house = await putUp();
    await open(house.primary, away);
    await trace(house);
    house.clock.advance(12 * minuteMs);
    await trace(house);

    expect(await minutesOf(house, 5)).toEqual([[3, expect.stringContaining("page: Region unreachable")]]);
  });

  test("that the passes since failed is no evidence; the next that comes to its end is", async () => {
    const house = await putUp();
    await open(house.primary, away);
    await trace(house);
    house.clock.advance(20 * minuteMs);

    expect(await minutesOf(house, 5)).toEqual([]);
    await trace(house);
    expect(await minutesOf(house, 1)).toHaveLength(1);
  });

  test("when passes were cannot be read: the next minutes may read it, and then it is told without", async () => {
    const house = await putUp();
    await open(house.primary, away);
    await trace(house);
    house.clock.advance(15 * minuteMs);
    house.twin.interceptors.push((call, proceed) =>
      call.operation === "ListObjectsV2" && call.input.Prefix === "index/"
        ? Promise.reject(new AwsError("InternalError", "not quite well", 500))
        : proceed(),
    );

    expect(await minutesOf(house, 8)).toEqual([[5, expect.stringContaining("page: Region unreachable")]]);
  });
});
