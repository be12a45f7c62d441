import { beforeAll, describe, expect, test } from "vitest";
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
