import { beforeAll, describe, expect, test } from "vitest";
import { auditKey } from "../../functions/catalog/action-keys.ts";
import { apiBench } from "./bench.ts";

/*
 * The command as a client of the API, and without it.
 */
let house: Awaited<ReturnType<typeof apiBench>>;
const minute = 60_000;

beforeAll(async () => {
  house = await apiBench();
  await house.pass(50 * minute);
}, 60_000);

describe("over HTTP", () => {
  test("lists what is open and takes an acknowledgement, in the name of whoever signed", async () => {
    const listed = await house.command("alerts");
    expect(listed.out).toMatch(/rpo-breached\.uploads\.eu-central-1@2026-11-21T03:46:00Z +P1 +open/);
    expect(listed.code).toBe(1);

    const alert = "rpo-breached.uploads.eu-central-1@2026-11-21T03:46:00Z";
    const acknowledged = await house.command(`alerts ack ${alert}`);

    expect(acknowledged.out).toContain("was acknowledged by arn:aws:iam::000000000000:user/ann");
    expect((await house.command("alerts")).out).toMatch(/P1 +acknowledged/);
  });

  test("pauses a schedule for a while and resumes it", async () => {
    const paused = await house.command('pause orders --for 2h --reason "migration"');
    expect(paused.out).toContain("until 2026-11-21T05:50:00Z");
    expect((await house.command("schedules")).out).toMatch(/orders .*until 2026-11-21T05:50:00Z by arn:/);
    expect((await house.command("resume orders")).code).toBe(0);
    expect((await house.command("resume orders")).code).toBe(2);
  });

  test("says what the API refuses, with its code and fix", async () => {
    house.access.attach("vera", ["holdfast-local-viewer-eu-central-1"]);
    const refused = await house.command("resume orders", { key: "vera" });

    expect(refused.code).toBe(4);
    expect(refused.err).toContain("Have the managed policy of the role operator attached");
    const unknown = await house.command("resume nothing");
    expect(unknown.code).toBe(3);
    expect(unknown.err).toContain("There are: nightly-erp, orders, uploads.");
  });
});

describe("with the glass broken", () => {
  test("does the same on the vault alone, and leaves its trace", async () => {
    const paused = await house.command('pause uploads --for 1h --reason "no API"', { glass: true });

    expect(paused.code).toBe(0);
    const { out } = await house.command("audit --json", { glass: true });
    expect(JSON.parse(out)).toMatchObject({
      entries: [
        {
          region: "eu-west-1",
          who: "arn:aws:iam::000000000000:user/ann",
          what: "pauseSchedule",
          target: "uploads",
          from: { through: "break-glass" },
        },
      ],
    });
  });

  test("whatever changes something leaves its trace", async () => {
    await house.command('hold orders 20261121T0300Z --reason "audit 2026"', { glass: true });

    const { out } = await house.command("audit --json", { glass: true });
    expect(JSON.parse(out).entries[0]).toMatchObject({
      what: "holdPoint",
      target: "orders/20261121T0300Z",
      from: { through: "break-glass" },
    });
  });
});

describe("audit --verify", () => {
  test("the chains of both regions hold, in both vaults", async () => {
    await house.pass(2 * minute);
    const { code, out } = await house.command("audit --verify");

    expect(out).toMatch(/eu-west-1: \d+ entries, each holds the one before it\./);
    expect(out).toMatch(/eu-central-1: \d+ entries, each holds the one before it\./);
    expect(code).toBe(0);
  });

  test("an entry that was altered in one vault, or is gone from both, is found", async () => {
    const Bucket = "holdfast-local-000000000000-eu-west-1";
    const Key = auditKey("eu-west-1", 1);
    const text = await house.primary.catalog.text(Key);
    await house.call("s3", "PutObject", {
      Bucket,
      Key,
      Body: text.replace("pauseSchedule", "listSchedules"),
    });
    const altered = await house.command("audit --verify");
    expect(altered.code).toBe(7);
    expect(altered.out).toContain("entry 1 is not the same in eu-west-1 and in eu-central-1");

    const gone = auditKey("eu-central-1", 2);
    for (const region of house.both)
      await house.call(
        "s3",
        "DeleteObject",
        { Bucket: `holdfast-local-000000000000-${region}`, Key: gone },
        region,
      );
    expect((await house.command("audit --verify")).out).toContain("entry 2 is missing");
  });
});
