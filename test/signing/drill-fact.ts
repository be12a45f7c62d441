import { KMSClient } from "@aws-sdk/client-kms";
import type { UnsignedDrill } from "../../functions/core/drill.ts";
import { type Signing, signingWith } from "../../functions/signing/signing.ts";
import { VirtualClock } from "../../local/clock.ts";
import { connect } from "../../local/in-process.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Twin } from "../../local/twin.ts";

/** A drill of "orders" as it ended, before it is signed. */
export function drillFact(more: Partial<UnsignedDrill> = {}): UnsignedDrill {
  return {
    schema: 1,
    at: "2026-11-21T03:40:00.000Z",
    fact: "finished",
    environment: "prod",
    account: "111122223333",
    source: "orders",
    kind: "rds-instance",
    identifier: "orders-db",
    drill: "20261121T0315Z",
    point: "20261121T0300Z",
    region: "eu-central-1",
    outcome: "passed",
    startedAt: "2026-11-21T03:15:02.000Z",
    secondsToAvailable: 512.4,
    secondsToChecked: 754.9,
    rtoSeconds: 1_800,
    rpoSeconds: 7_200,
    database: {
      clone: "holdfast-prod-orders-drill-20261121t0315z",
      restoredFrom: "prod-orders-20261121t0300z",
      engine: "postgres 18.1",
      instanceClass: "db.t4g.micro",
    },
    checks: [
      {
        name: "answers shop",
        outcome: "passed",
        value: "PostgreSQL 18.1",
        sentence: "it answers as PostgreSQL 18.1",
      },
      { name: "sql 1", outcome: "passed", value: "1", expected: "1", sentence: "SELECT 1 gave 1" },
    ],
    differences: [],
    fingerprint: {
      key: "fingerprints/orders/20261121T0300Z/20261121T0315Z-whole.json",
      sha256: "5".repeat(64),
      databases: 1,
      tables: 12,
      rows: 1_000_000,
      comparedWith: [],
    },
    tornDown: ["holdfast-prod-orders-drill-20261121t0315z"],
    leftBehind: [],
    ...more,
  };
}

/** A key in a stand-in for KMS. */
export async function signingKey(): Promise<Signing> {
  const twin = new Twin({ clock: new VirtualClock() });
  twin.register(kmsService(twin));
  const region = "eu-central-1";
  const input = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" };
  const call = { service: "kms", region, operation: "CreateKey", input, principal: "test" } as const;
  const { KeyMetadata } = (await twin.call(call)) as { KeyMetadata: { KeyId: string } };
  return signingWith(connect(new KMSClient({ region }), { twin, service: "kms", region }), KeyMetadata.KeyId);
}
