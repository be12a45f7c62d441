import { beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../functions/alert/acknowledge.ts";
import { keyDigest, signDrill } from "../../functions/signing/certificate.ts";
import { watch } from "../../functions/watch/watch.ts";
import local from "../../infra/environments/local.ts";
import { drillFact } from "../signing/drill-fact.ts";
import { watchWorldIn } from "../watch/house.ts";
import { apiBench } from "./bench.ts";

/*
 * Every verb that has a route, through the API over HTTP and with the glass broken: people read the same, programs get
 * the same, and the exit code is the same.
 */
let house: Awaited<ReturnType<typeof apiBench>>;
const minute = 60_000;

beforeAll(async () => {
  house = await apiBench();
  await house.pass(50 * minute);
  await recordDrill();
  await recordRestore();
  await house.pass(minute);
  await watch(watchWorldIn(house.twin, local, local.recoveryRegion));
}, 60_000);

/** A drill of orders that passed, with its key, as the recovery region's vault would have them. */
async function recordDrill(): Promise<void> {
  const { catalog, signing, now } = house.recovery;
  const about = {
    source: "orders",
    drill: "20261121T0345Z",
    point: "20261121T0330Z",
    region: "eu-central-1",
  };
  const fact = await signDrill(drillFact(about), signing);
  await catalog.recordSigningKey({
    ...{
      schema: 1,
      at: now().toISOString(),
      fact: "signing-key",
      environment: "local",
      region: "eu-central-1",
    },
    ...{ algorithm: "ECDSA_SHA_256", ...(await signing.key()), sha256: keyDigest(fact.signature.publicKey) },
  });
  await catalog.recordDrillFinished(fact);
}

const restored = "orders-20261121t031500z";

/** A restore of orders under another name that came to its end, as its own region's vault would have it. */
async function recordRestore(): Promise<void> {
  const { catalog, region } = house.recovery;
  const about = { schema: 1, restore: restored, source: "orders", region } as const;
  const wanted = { which: "latest" } as const;
  const record = (name: Parameters<typeof catalog.recordRestore>[0], more: object) =>
    catalog.recordRestore(name, { ...about, ...more } as Parameters<typeof catalog.recordRestore>[1]);
  const by = "arn:aws:iam::000000000000:user/bob";
  const request = { id: restored, source: "orders", wanted, as: "orders-copy" };
  await record("requested", { fact: "requested", at: "2026-11-21T03:15:00Z", by, request });
  const step = {
    name: "restore",
    does: "Restores orders-copy",
    calls: ["rds:RestoreDBInstanceFromDBSnapshot"],
  };
  const plan = {
    ...{ from: "local-orders-20261121t0300z", into: "DB instance orders-copy in eu-central-1" },
    ...{
      verified: true,
      dataAt: "2026-11-21T03:00:00Z",
      steps: [{ ...step, expectedSeconds: 600 }],
      notes: [],
    },
  };
  await record("planned", { fact: "planned", at: "2026-11-21T03:15:05Z", plan });
  await record("began-1", { fact: "began", at: "2026-11-21T03:15:10Z", step: "restore" });
  const took = [{ step: "restore", seconds: 640 }];
  const at = "2026-11-21T03:26:00Z";
  await record("finished", { fact: "finished", at, secondsToAvailable: 640, took });
}

/** The code of a message that told an alert, as the vault knows it. */
async function recordCode(code: string): Promise<void> {
  const { catalog } = house.recovery;
  const since = "2026-11-21T03:46:00Z";
  const episodes = [{ id: "rpo-breached.uploads.eu-central-1", since }];
  const fact = { schema: 1, at: since, fact: "acknowledgement", region: "eu-central-1" } as const;
  await catalog.recordAcknowledgement(digestOf(code), { ...fact, episodes, messages: [] });
}

/** Looks: asked twice, they say the same. Of the recovery region, so that both ways are of one vault. */
const looks: [line: string, code: number, says: RegExp][] = [
  ["status", 1, /orders +rds-instance +45m +20261121T0345Z \(6m\) +20261121T0330Z \(21m\).* ok/],
  ["points orders", 0, /20261121T0345Z +6m +yes +- +-/],
  ["points order", 3, /There is no source "order"/],
  ["explain demo", 0, /takes a recovery point every 15m.*took 12m/],
  ["explain nothing", 3, /There is no plan "nothing" in "local"/],
  ["certificate orders 20261121T0345Z", 0, /"outcome": *"passed"/],
  ["certificate orders 20261121T0345Z --verify", 7, /fingerprint/],
  ["certificate orders yesterday", 2, /names no drill/],
  ["certificate orders 20261120T0345Z", 3, /No drill 20261120T0345Z of "orders" has ended/],
  ["drill orders --report", 0, /was restored and checked in eu-central-1/],
  ["verify orders 20261121T0300Z", 0, /same {3}encrypted: true/],
  ["verify orders 20261120T0300Z", 3, /eu-central-1: not checked: No snapshot of 20261120T0300Z is recorded/],
  ["verify orders yesterday", 2, /"yesterday" is not a point of "orders"/],
  ["verify nightly-erp erp/none.gz", 3, /There is no "erp\/none.gz" in s3:\/\/acme-dumps now/],
  ["prune orders --dry-run", 0, /20261121T0330Z +keep .*Nothing was asked for/s],
  ["prune nothing --dry-run", 3, /There is no source "nothing"/],
  ["restore orders --latest --as orders-new --dry-run", 0, /would come back as .*Nothing was done/s],
  ["restore orders --latest --point 20261121T0300Z --dry-run", 2, /Only one moment can come back/],
  ["restore orders --latest --as orders_2 --dry-run", 2, /"orders_2" is no name that RDS gives/],
  [`restore status ${restored}`, 0, /: finished\. Asked for by .*bob.*1 restore +done +10m 50s +10m/s],
  ["restore status nothing", 3, /There is no restore "nothing"/],
  ["restore status never-20261121t030000z", 3, /There is no restore "never-20261121t030000z"/],
];

describe.each(["", " --json"])("looking%s", (form) => {
  test.each(looks)("%s exits with %i", async (line, code, says) => {
    const asked = `${line} --region eu-central-1${form}`;
    const api = await house.command(asked);
    const glass = await house.command(asked, { glass: true });

    expect(api, api.err).toMatchObject({ code });
    expect(glass).toEqual(api);
    if (!form) expect(api.out + api.err).toMatch(says);
  });
});

/**
 * What changes something is done once each way, for one subject each, so that neither sees what the other did. `%` is what
 * differs: a name or an instant.
 */
const changes: [line: string, subjects: [string, string], code: number, says: RegExp][] = [
  [
    "hold orders % --reason audit",
    ["20261121T0300Z", "20261121T0315Z"],
    0,
    /is held in eu-west-1 and eu-central-1/,
  ],
  [
    "release orders % --reason over",
    ["20261121T0300Z", "20261121T0315Z"],
    0,
    /only while its plan asks for it/,
  ],
  ["release orders % --reason over", ["20261121T0300Z", "20261121T0315Z"], 3, /There is no hold on/],
  ["backup % --no-wait", ["orders", "uploads"], 0, /Follow it with: holdfast points/],
  ["backup %", ["nothing", "nought"], 3, /There is no source/],
  ["prune %", ["orders", "nightly-erp"], 0, /Asked the expiry in eu-west-1 for a pass now/],
  ["pause % --for 1h --reason audit", ["orders", "uploads"], 0, /No points of .* are taken by schedule/],
  ["resume %", ["orders", "uploads"], 0, /goes on/],
  [
    "restore orders --latest --as orders-new --no-wait --region %",
    ["eu-west-1", "eu-central-1"],
    0,
    /Follow it with: holdfast restore status/,
  ],
  ["restore orders --latest --as %", ["orders_a", "orders_b"], 2, /is no name that RDS gives/],
  [`restore cancel ${restored} --timeout %`, ["1m", "2m"], 2, /is finished already/],
  ["restore undo % --no-wait", ["never-20261121t030000z", "none-20261121t030000z"], 3, /There is no restore/],
  [`approve ${restored} --refuse %`, ["because", "nothing"], 2, /waits for no approval/],
  ["drill % --no-wait", ["orders", "uploads"], 0, /Follow it with: holdfast drill/],
  ["drill %", ["nightly-erp", "nightly-erp"], 8, /are scrubbed, not drilled/],
  ["alerts test --region %", ["eu-west-1", "eu-central-1"], 1, /From eu-.*page +email oncall@acme.example/s],
  ["alerts ack %", ["AAAA-BBBB-CCCC", "DDDD-EEEE-FFFF"], 3, /no message has this code/],
];

describe("changing", () => {
  test.each(changes)("%s says the same either way", async (line, [one, other], code, says) => {
    const api = await house.command(line.replaceAll("%", one));
    const glass = await house.command(line.replaceAll("%", other), { glass: true });

    expect(api, api.err).toMatchObject({ code });
    expect(api.out + api.err).toMatch(says);
    const blind = (text: string) => text.replaceAll(one, "%").replaceAll(other, "%");
    if (!line.startsWith("prune"))
      expect({ ...glass, out: blind(glass.out), err: blind(glass.err) }).toEqual({
        ...api,
        out: blind(api.out),
        err: blind(api.err),
      });
    else expect({ code: glass.code, out: glass.out }).toEqual({ code, out: expect.stringMatching(says) });
  });

  test("alerts ack takes a message's code either way, and says who was first", async () => {
    await recordCode("7K3M-9QXT-2BWE");
    const api = await house.command("alerts ack 7k3m-9qxt-2bwe");
    const glass = await house.command("alerts ack 7K3M-9QXT-2BWE --region eu-central-1", {
      ...{ glass: true, key: "bob" },
    });

    expect(api).toMatchObject({
      code: 0,
      out: expect.stringContaining('acknowledged: "uploads" is out of its RPO'),
    });
    expect(glass).toMatchObject({
      code: 0,
      out: expect.stringMatching(/acknowledged by \S+user\/ann at/),
    });
  });

  test("each is in the audit log, by whom and by which way", async () => {
    const { out } = await house.command("audit --json --region eu-central-1");
    const entries = (JSON.parse(out) as { entries: Record<string, unknown>[] }).entries;
    const { out: around } = await house.command("audit --json --region eu-west-1", { glass: true });
    const glass = (JSON.parse(around) as { entries: Record<string, unknown>[] }).entries;
    for (const what of [
      "holdPoint",
      "releasePoint",
      "createPoint",
      "runExpiry",
      "pauseSchedule",
      "resumeSchedule",
    ]) {
      const by = { who: "arn:aws:iam::000000000000:user/ann", what };
      expect(entries).toContainEqual(
        expect.objectContaining({ ...by, from: { address: "192.0.2.7", through: "api" } }),
      );
      expect(glass).toContainEqual(expect.objectContaining({ ...by, from: { through: "break-glass" } }));
    }
  });
});

describe("somebody with the policy of a role, and no right in any bucket", () => {
  test.each([
    ["status", 1],
    ["points orders", 0],
    ["restore orders --latest --as orders-new --dry-run", 0],
    [`restore status ${restored}`, 0],
    ["prune orders --dry-run", 0],
    ["prune orders", 4],
    ["hold orders 20261121T0330Z --reason audit", 4],
  ])("a viewer: %s exits with %i", async (line, code) => {
    house.access.attach(
      "vera",
      house.both.map((region) => `holdfast-local-viewer-${region}`),
    );
    const calls: string[] = [];
    house.twin.interceptors.unshift((call, proceed) => {
      if (call.principal === "vera") calls.push(`${call.service}:${call.operation}`);
      return proceed();
    });
    const ran = await house.command(line, { key: "vera" }).finally(() => house.twin.interceptors.shift());

    expect(ran, ran.err).toMatchObject({ code });
    expect(calls).toEqual([]);
  });
});

describe("an API that does not answer", () => {
  test("of which an answer is lost has done once what is asked of it again", async () => {
    const held = async () =>
      (await house.vaultNow("eu-central-1")).filter((key) => key.includes("/20261121T0300Z/held-")).length;
    const before = await held();
    house.clock.advance(60_000);
    let lost = 0;
    const { code, err } = await house.command("hold orders 20261121T0300Z --reason audit", {
      loses: (method) => method === "POST" && ++lost <= 2,
    });

    expect(code, err).toBe(0);
    expect(lost).toBe(3);
    expect((await held()) - before).toBe(1);
  });

  test("leaves the other region's, and that is said", async () => {
    const { code, out } = await house.command("points orders", { away: ["eu-central-1"] });
    expect(code).toBe(0);
    expect(out).toContain("20261121T0300Z");
    const { out: json } = await house.command("points orders --json", { away: ["eu-central-1"] });
    expect(JSON.parse(json)).toMatchObject({
      region: "eu-west-1",
      silent: [{ region: "eu-central-1", reason: expect.stringContaining("fetch failed") }],
    });
  });

  test.each(["status", "hold orders 20261121T0300Z --reason audit", "prune", "backup orders"])(
    "in neither region: %s names the way around, and does not take it",
    async (line) => {
      const before = await Promise.all(house.both.map((region) => house.vaultNow(region)));
      const { code, err } = await house.command(line, { away: house.both });

      expect(code).toBe(6);
      expect(err).toContain("--break-glass");
      expect(await Promise.all(house.both.map((region) => house.vaultNow(region)))).toEqual(before);
    },
  );
});
