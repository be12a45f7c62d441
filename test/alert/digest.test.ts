import { expect, test } from "vitest";
import { acknowledge } from "../../functions/alert/acknowledge.ts";
import { findingId } from "../../functions/core/finding.ts";
import local from "../../infra/environments/local.ts";
import { AwsError } from "../../local/twin.ts";
import { breach, end, mirror, open, putUp, subjects, suspect, tell } from "./house.ts";

const minuteMs = 60_000;
const digest = { every: "day", at: "07:00", timeZone: "Europe/Berlin" } as const;

async function putUpWithDigest(every: "day" | "week" = "day") {
  const house = await putUp({ ...local, alerts: { ...local.alerts, digest: { ...digest, every } } });
  const until = (instant: string) => house.clock.advance(Date.parse(instant) - house.clock.now());
  until("2026-11-23T05:00:00Z");
  return { ...house, until };
}

const digests = ({ outbox }: Awaited<ReturnType<typeof putUp>>) =>
  outbox.messages.filter(({ subject }) => subject?.includes("Digest"));

test("once a day, at its time, `notify` gets what is open with who is on it, and what is over", async () => {
  const house = await putUpWithDigest();
  const { primary, until } = house;
  const lost = { ...suspect, source: "uploads", message: "It looked odd." };
  await open(primary, breach);
  await open(primary, lost);
  await tell(primary);
  await acknowledge({ findingId: findingId(breach), since: breach.since }, "ada", primary);
  await end(primary, lost);
  await tell(primary);
  expect(digests(house)).toEqual([]);

  until("2026-11-23T06:00:00Z");
  await Promise.all([tell(primary), tell(primary)]);
  await tell(primary);

  const [one, ...others] = digests(house);
  expect(others).toEqual([]);
  expect(one).toMatchObject({
    to: "notify@acme.example",
    subject: "(Holdfast local) Digest: 1 open, 1 over since 2026-11-22",
  });
  expect(one?.text).toContain(
    "  P1 RPO breached: orders in eu-west-1, since 2026-11-21T00:00:00Z, acknowledged",
  );
  expect(one?.text).toContain("     It looked odd.");

  until("2026-11-24T05:59:00Z");
  await tell(primary);
  until("2026-11-24T06:00:00Z");
  await tell(primary);
  expect(digests(house).map(({ subject }) => subject?.slice(17))).toEqual([
    "Digest: 1 open, 1 over since 2026-11-22",
    "Digest: 1 open, 0 over since 2026-11-23",
  ]);
});

test("of the week it comes on Mondays", async () => {
  const house = await putUpWithDigest("week");
  for (let day = 0; day < 15; day++) {
    await tell(house.primary);
    await tell(house.primary);
    house.clock.advance(24 * 60 * minuteMs);
  }
  expect(digests(house)).toHaveLength(2);
});

test("the other region sends it when the primary one stays silent, and only then", async () => {
  const house = await putUpWithDigest();
  const { primary, recovery, until } = house;
  until("2026-11-23T06:00:00Z");
  await tell(recovery);
  until("2026-11-23T06:15:00Z");
  await tell(recovery);
  expect(digests(house)).toHaveLength(1);
  await tell(primary);
  expect(digests(house), "it looks across before it sends").toHaveLength(1);

  until("2026-11-24T06:00:00Z");
  await tell(primary);
  await mirror(recovery);
  until("2026-11-24T06:20:00Z");
  await tell(recovery);
  expect(digests(house)).toHaveLength(2);
});

test("one that could not be sent is sent a minute later", async () => {
  const house = await putUpWithDigest();
  const { primary, twin, clock, until, outbox } = house;
  until("2026-11-23T06:00:00Z");
  let fails = true;
  twin.interceptors.push((call, proceed) => {
    if (fails && call.operation === "Publish") throw new AwsError("InternalError", "try again", 500);
    return proceed();
  });

  await expect(tell(primary)).rejects.toMatchObject({ code: "unavailable" });
  fails = false;
  clock.advance(minuteMs);
  await tell(primary);
  expect(subjects(outbox, "notify")).toHaveLength(1);
});
