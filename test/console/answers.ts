import type { Answer, Operation } from "../../functions/core/api/routes.ts";
import type { DrillFinishedFact } from "../../functions/core/drill.ts";
import { hostile, samples } from "./samples.ts";

/** What each route answers unless a test says otherwise. */
export function answersAt(nowMs: number): { [O in Operation]?: Answer<O> } {
  const { iso, slot, status, sources, points, drills, alerts, restore } = samples(nowMs);
  const [ledger] = status.sources;
  const [source] = sources;
  const [point] = points;
  const [drill] = drills;
  if (!ledger || !source || !point || !drill) throw new Error("there are no samples");
  return {
    getStatus: status,
    listSources: { items: sources },
    getSource: {
      ...source,
      planInWords: 'Plan "critical" takes a recovery point every 1h, copied to the recovery region.',
      report: ledger,
    },
    listPoints: { items: points },
    getPoint: {
      ...point,
      facts: [
        { name: "requested", at: iso(15) },
        { name: "available", at: iso(14) },
        { name: hostile, at: iso(13) },
      ],
      drills: [drill.drill],
      holds: [],
    },
    listSchedules: {
      items: [
        { source: "ledger", everySeconds: 3_600, nextPointAt: iso(-46), nextDrillAt: iso(-8_580) },
        {
          source: "nightly-erp",
          everySeconds: 86_400,
          nextPointAt: iso(-90),
          pausedUntil: iso(-90),
          pausedBy: "arn:aws:iam::111122223333:user/ada",
        },
      ],
    },
    listDrills: { items: drills },
    getDrill: {
      drill,
      certificate: certificate(drill, iso),
      document: { region: "eu-central-1", text: "", mismatches: [] },
    },
    listAlerts: { items: alerts },
    listChannels: {
      checkedAt: iso(300),
      channels: [
        {
          channel: "sms +4915112345678",
          severity: "page",
          state: "ok",
          reason: "The last message was delivered.",
        },
        {
          channel: "email oncall@acme.example",
          severity: "page",
          state: "pending",
          reason: "Nobody has confirmed the subscription.",
        },
        {
          channel: `slack ${hostile}`,
          severity: "notify",
          state: "failed",
          reason: "It answered 404: the webhook is gone.",
        },
      ],
    },
    testAlerts: {
      channels: [
        { channel: "sms +4915112345678", severity: "page", state: "ok", reason: "SNS took it." },
        { channel: "slack holdfast/slack", severity: "notify", state: "failed", reason: "It answered 404." },
      ],
    },
    listRestores: { items: [restore] },
    getRestore: { ...restore, facts: {} },
    planRestore: {
      approval: false,
      expectedSeconds: 510,
      plan: {
        ...{ point: point.point, dataAt: point.at, verified: true },
        ...{ from: "snapshot prod-ledger-20261121t0200z", into: `DB cluster ${hostile}` },
        steps: [
          {
            name: "restore",
            does: "Restores the snapshot beside what is there",
            calls: ["rds:RestoreDBClusterFromSnapshot", "rds:CreateDBInstance"],
            expectedSeconds: 420,
          },
          {
            name: "swap",
            does: "Renames what has the name now, and gives it to what was restored",
            calls: ["rds:ModifyDBCluster"],
            expectedSeconds: 90,
          },
        ],
        notes: ["What was written since the point is not in it."],
      },
    },
    createRestore: { id: restore.id, region: restore.region },
    createDrill: { source: "ledger", drill: slot(0) },
    createPoint: { source: "ledger", point: slot(0), state: "requested" },
    listAudit: {
      items: [
        {
          region: "eu-central-1",
          number: 42,
          at: iso(9),
          who: `jwt:https://issuer#${hostile}`,
          what: "createRestore",
          target: restore.id,
          from: { address: "192.0.2.7", through: "console" },
          outcome: "accepted",
          previous: "0".repeat(64),
        },
        {
          region: "eu-central-1",
          number: 41,
          at: iso(200),
          who: "arn:aws:sts::111122223333:assumed-role/oncall/oskar",
          what: "acknowledgeAlert",
          target: "copy-failed.ledger.x@2",
          from: { through: "break-glass" },
          outcome: "done",
          previous: "1".repeat(64),
        },
      ],
    },
    whoAmI: {
      who: "jwt:http://127.0.0.1/_issuer#viewer",
      role: "viewer",
      environment: "prod",
      account: "111122223333",
      region: "eu-central-1",
      primaryRegion: "eu-west-1",
      recoveryRegion: "eu-central-1",
    },
  };
}

function certificate(
  drill: { drill: string; point: string },
  iso: (minutes: number) => string,
): DrillFinishedFact {
  return {
    ...{
      schema: 1,
      fact: "finished",
      source: "ledger",
      drill: drill.drill,
      point: drill.point,
      region: "eu-central-1",
      at: iso(1_480),
    },
    ...{
      environment: "prod",
      account: "111122223333",
      kind: "rds-cluster",
      identifier: "ledger",
      outcome: "passed",
      startedAt: iso(1_500),
    },
    ...{
      secondsToAvailable: 402,
      secondsToChecked: 600,
      rtoSeconds: 1_800,
      rpoSeconds: 7_200,
      dataLossSeconds: 42,
    },
    database: {
      clone: "prod-ledger-drill",
      restoredFrom: "arn:aws:rds:eu-central-1:111122223333:cluster-snapshot:prod-ledger",
      engine: "aurora-postgresql 16.4",
      instanceClass: "db.t4g.medium",
    },
    checks: [
      { name: "answers", outcome: "passed", value: "yes", sentence: "It answers on its port." },
      { name: hostile, outcome: "unproved", value: "", sentence: "It could not be looked at." },
    ],
    ...{ differences: [], tornDown: ["DB cluster prod-ledger-drill"], leftBehind: [] },
    fingerprint: {
      key: "fingerprints/ledger/x.json",
      sha256: "4604eabf25f6".repeat(5).slice(0, 64),
      databases: 1,
      tables: 14,
      rows: 1_000_053,
      comparedWith: [],
    },
    signature: {
      algorithm: "ECDSA_SHA_256",
      keyArn: "arn:aws:kms:eu-central-1:111122223333:key/f095fe77",
      publicKey:
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
      value: "MEUCIQDx",
    },
  };
}
