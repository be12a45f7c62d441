import { expect, test } from "vitest";
import { acknowledge, digestOf, standsFor } from "../../functions/alert/acknowledge.ts";
import { findingKey } from "../../functions/catalog/keys.ts";
import { findingId } from "../../functions/core/finding.ts";
import { AwsError } from "../../local/twin.ts";
import { breach, end, open, putUp } from "./house.ts";

const code = "7K3M-9QXT-2BWE";
const episode = { id: findingId(breach), since: breach.since };

async function withCode() {
  const house = await putUp();
  await open(house.primary, breach);
  await house.primary.catalog.recordAcknowledgement(digestOf(code), {
    schema: 1,
    at: breach.since,
    fact: "acknowledgement",
    region: "eu-west-1",
    episodes: [episode],
    messages: [{ message: "canary", slot: "2026-11-16" }],
  });
  return house;
}

test("the code of a message acknowledges all that it told, and says who did", async () => {
  const { primary } = await withCode();

  const all = await acknowledge({ code: "7k3m 9qxt 2bwe" }, "ada", primary);

  expect(all).toMatchObject([
    { finding: breach, state: "acknowledged", by: "ada" },
    { message: { message: "canary", slot: "2026-11-16" }, state: "acknowledged", by: "ada" },
  ]);
  expect(
    await primary.catalog.readFinding(findingKey(episode.id, episode.since, "acknowledged")),
  ).toMatchObject({ fact: "acknowledged", by: "ada", finding: breach });
});

test("who acknowledged first stays, however often it is said", async () => {
  const { primary } = await withCode();
  await acknowledge({ code }, "ada", primary);

  expect(await acknowledge({ code }, "grace", primary)).toMatchObject([
    { state: "already", by: "ada" },
    { state: "already", by: "ada" },
  ]);
  expect(await acknowledge({ findingId: episode.id, since: episode.since }, "grace", primary)).toMatchObject([
    { state: "already", by: "ada" },
  ]);
});

test("what ended before anyone acknowledged it is over, and stays so", async () => {
  const { primary } = await withCode();
  await end(primary, breach);

  expect(await acknowledge({ code }, "ada", primary)).toMatchObject([
    { finding: breach, state: "over" },
    { state: "acknowledged" },
  ]);
});

test("the other region acknowledges what it has not heard of yet, in its own vault", async () => {
  const { recovery } = await withCode();

  await acknowledge({ code }, "ada", recovery);

  const fact = await recovery.catalog.readFinding(findingKey(episode.id, episode.since, "acknowledged"));
  expect(fact.by).toBe("ada");
});

test("a finding is acknowledged by its name while the other region is away", async () => {
  const { primary, twin } = await withCode();
  twin.interceptors.push(async (call, proceed) => {
    if (call.region === "eu-central-1") throw new AwsError("ServiceUnavailable", "away", 503);
    return proceed();
  });

  expect(await acknowledge({ findingId: episode.id, since: episode.since }, "ada", primary)).toMatchObject([
    { state: "acknowledged" },
  ]);
});

test("a code that no message has, or that cannot be one, acknowledges nothing", async () => {
  const { primary } = await withCode();
  for (const wrong of ["7K3M-9QXT-2BWF", "hello", ""]) {
    await expect(acknowledge({ code: wrong }, "ada", primary)).rejects.toMatchObject({ code: "not-found" });
    await expect(standsFor(wrong, primary)).rejects.toMatchObject({ code: "not-found" });
  }
  await expect(
    acknowledge({ findingId: episode.id, since: "2026-01-01T00:00:00Z" }, "ada", primary),
  ).rejects.toMatchObject({ code: "not-found" });
});

test("looking what a code stands for acknowledges nothing: mail scanners follow links", async () => {
  const { primary } = await withCode();

  expect(await standsFor(code, primary)).toMatchObject({ episodes: [episode] });
  expect(await acknowledge({ code }, "ada", primary)).toMatchObject([{ state: "acknowledged" }, {}]);
});
