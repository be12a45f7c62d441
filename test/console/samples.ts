import type { AlertView } from "../../functions/core/api/alerts.ts";
import type { DrillView, RestoreView } from "../../functions/core/api/recovery.ts";
import type { Answer } from "../../functions/core/api/routes.ts";
import type { PointView } from "../../functions/core/api/sources.ts";
import type { SourceReport } from "../../functions/core/report.ts";
import { slotOf } from "../../functions/core/slot.ts";

/** What somebody hostile would write into a tag, a key or a name. */
export const hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

const minuteMs = 60_000;
const [primary, recovery] = ["eu-west-1", "eu-central-1"] as const;

/** Answers of an environment in which something is late, something waits and something is hostile, as of an instant. */
export function samples(nowMs: number) {
  const iso = (minutesAgo: number) =>
    `${new Date(nowMs - minutesAgo * minuteMs).toISOString().slice(0, 19)}Z`;
  const slot = (minutesAgo: number) => slotOf(new Date(nowMs - minutesAgo * minuteMs));
  const at = (minutesAgo: number) => ({ point: slot(minutesAgo), at: iso(minutesAgo) });
  const place = (role: "primary" | "recovery", minutesAgo: number, rpoMinutes: number) => ({
    region: role === "primary" ? primary : recovery,
    role,
    rpoSeconds: rpoMinutes * 60,
    available: at(minutesAgo),
    intact: at(minutesAgo + 30),
    restorable: at(minutesAgo + 1_440),
    state: minutesAgo > rpoMinutes ? ("late" as const) : ("ok" as const),
  });
  const threeTwoOne = (holds: boolean): SourceReport["threeTwoOne"] => ({
    holds,
    parts: [
      { part: "three copies", holds: true, sentence: "The source, a snapshot and a copy of it." },
      { part: "two stores", holds: true, sentence: "RDS snapshots and the vault's bucket." },
      {
        part: "one off-region",
        holds,
        sentence: holds ? `The copy is in ${recovery}.` : `Nothing newer than 5 h is in ${recovery}.`,
      },
      { part: "one immutable", holds: true, sentence: "The vault is under compliance lock." },
      { part: "zero errors", holds: true, sentence: "The newest drill passed every check." },
    ],
  });
  const budget = (region: string, spentSeconds: number, state: SourceReport["budgets"][number]["state"]) => ({
    ...{
      objective: "rpo" as const,
      region,
      allowedSeconds: 12_960,
      spentSeconds,
      burnHour: state === "ok" ? 0 : 15.2,
      burnThreeDays: 0.4,
      state,
    },
  });
  const source = (name: string, kind: SourceReport["kind"], protects: string): SourceReport => ({
    ...{
      source: name,
      kind,
      protects,
      plan: "critical",
      rtoSeconds: 1_800,
      state: "ok",
      late: [],
      unknown: [],
    },
    places: [place("primary", 14, 120), place("recovery", 38, 120)],
    drill: { drill: slot(1_500), at: iso(1_500), outcome: "passed", point: slot(1_560), rtoSeconds: 912 },
    ...{
      owed: [],
      budgets: [budget(primary, 0, "ok"), budget(recovery, 1_800, "ok")],
      threeTwoOne: threeTwoOne(true),
      openFindings: 0,
    },
  });
  const ledger: SourceReport = {
    ...source("ledger", "rds-cluster", "ledger"),
    ...{
      state: "late",
      late: [`The newest copy of "ledger" in ${recovery} is 5h 12m old, and its RPO is 2h.`],
    },
    places: [place("primary", 14, 120), place("recovery", 312, 120)],
    owed: [slot(180), slot(240)],
    budgets: [budget(primary, 400, "ok"), budget(recovery, 14_400, "spent")],
    ...{ threeTwoOne: threeTwoOne(false), openFindings: 2 },
  };
  const { drill: _, ...undrilled } = source("uploads", "bucket", hostile);
  const status: Answer<"getStatus"> = {
    ...{
      schema: 1,
      at: iso(2),
      environment: "prod",
      primaryRegion: primary,
      recoveryRegion: recovery,
      region: recovery,
      ok: false,
    },
    regions: [primary, recovery].map((region) => ({ region, answered: true })),
    sources: [
      ledger,
      {
        ...source("nightly-erp", "archives", "acme-dumps/erp/"),
        state: "has findings",
        openFindings: 1,
        pausedUntil: iso(-90),
      },
      source("orders", "rds-instance", "orders-db"),
      {
        ...undrilled,
        places: [
          { ...place("primary", 110, 120), state: "ok" },
          { region: recovery, role: "recovery", rpoSeconds: 7_200, state: "waiting" },
        ],
        state: "waiting",
        budgets: [],
      },
    ],
    findings: [],
    quotas: [
      { quota: "Manual DB snapshots", region: primary, used: 91, max: 100 },
      { quota: "Snapshot copies at once", region: recovery, used: 3, max: 20 },
    ],
    storage: [
      {
        bucket: "holdfast-prod-111122223333-eu-west-1",
        region: primary,
        bytes: 61 * 2 ** 30,
        growthBytesPerDay: 2 ** 29,
        budgetBytes: 100 * 2 ** 30,
      },
      {
        bucket: "holdfast-prod-111122223333-eu-central-1",
        region: recovery,
        bytes: 93 * 2 ** 30,
        growthBytesPerDay: 2 ** 30,
        budgetBytes: 100 * 2 ** 30,
        fullOn: "2026-11-28",
      },
    ],
    ...{ ageSeconds: 120, stale: false },
  };
  const plan = {
    name: "critical",
    everySeconds: 3_600,
    rpoSeconds: 7_200,
    rtoSeconds: 1_800,
    keep: { hourly: 24, daily: 7 },
    copies: ["recovery" as const],
  };
  const sources: Answer<"listSources">["items"] = [
    { source: { kind: "rds-cluster", name: "ledger", plan, cluster: "ledger" }, declaredAt: iso(90_000) },
    {
      source: {
        kind: "archives",
        name: "nightly-erp",
        plan,
        bucket: "acme-dumps",
        prefix: "erp/",
        arrivesSeconds: 86_400,
      },
      declaredAt: iso(90_000),
    },
    {
      source: {
        kind: "rds-instance",
        name: "orders",
        plan: { ...plan, pointInTime: { reach: "recovery", days: 7 } },
        instance: "orders-db",
      },
      declaredAt: iso(90_000),
    },
    {
      source: { kind: "bucket", name: "uploads", plan, bucket: "acme-uploads", deletions: "keep" },
      declaredAt: iso(90_000),
    },
  ];
  const points: PointView[] = Array.from({ length: 40 }, (_, index) => 14 + index * 60)
    .filter((minutes) => minutes < 180 || minutes > 300)
    .map((minutes, index) => ({
      ...{ source: "ledger", point: slot(minutes), at: iso(minutes), held: index === 7 },
      places: [
        {
          region: primary,
          role: "primary",
          state: minutes > 2_000 ? "expired" : "present",
          since: iso(minutes - 6),
        },
        minutes < 180
          ? { region: recovery, role: "recovery", state: index === 0 ? "in progress" : "failed" }
          : { region: recovery, role: "recovery", state: "present", since: iso(minutes - 20) },
      ],
      intactIn: index > 4 ? [primary, recovery] : [],
      restorableIn: index % 12 === 6 ? [recovery] : [],
    }));
  const drills: DrillView[] = [600, 880, 640, 2_100, 910, 760].map((secondsToChecked, index) => ({
    ...{
      source: "ledger",
      drill: slot(1_500 + index * 10_080),
      point: slot(1_560 + index * 10_080),
      region: recovery,
    },
    ...{
      startedAt: iso(1_500 + index * 10_080),
      by: index === 1 ? "person" : "schedule",
      outcome: index === 3 ? "failed" : "passed",
    },
    ...(index === 3 && {
      reason: "table public.entries, id from 409600 to 425983: 16384 rows, but not the same",
    }),
    ...{ endedAt: iso(1_480 + index * 10_080), secondsToChecked, rtoSeconds: 1_800 },
  }));
  const finding = (kind: AlertView["finding"]["kind"], message: string, minutes: number) => ({
    ...{ kind, source: "ledger", detail: recovery, since: iso(minutes), region: recovery, message },
    fix: "Run: holdfast status; look at the source's RDS or S3.",
  });
  const alerts: AlertView[] = [
    {
      id: "rpo-breached.ledger.eu-central-1@1",
      finding: finding("rpo-breached", '"ledger" is out of its RPO of 2h in eu-central-1.', 190),
      priority: "P1",
      severity: "page",
      state: "open",
      openedAt: iso(190),
      toldAt: iso(189),
      escalatedAt: iso(170),
    },
    {
      id: "copy-failed.ledger.x@2",
      finding: finding("copy-failed", `The copy of "${hostile}" failed three times.`, 240),
      priority: "P2",
      severity: "page",
      state: "acknowledged",
      openedAt: iso(240),
      toldAt: iso(239),
      acknowledgedAt: iso(200),
      acknowledgedBy: "arn:aws:sts::111122223333:assumed-role/oncall/oskar",
    },
    {
      id: "drill-overdue.ledger.x@3",
      finding: finding("drill-overdue", '"ledger" was to be rehearsed every 7d.', 3_000),
      priority: "P3",
      severity: "notify",
      state: "resolved",
      openedAt: iso(3_000),
      endedAt: iso(1_480),
      endedBecause: "because a drill passed",
    },
  ];
  const restore: RestoreView = {
    ...{
      id: "ledger-20261121t030512z",
      source: "ledger",
      region: primary,
      state: "running",
      requestedAt: iso(9),
      requestedBy: `jwt:https://issuer#${hostile}`,
    },
    plan: {
      ...{
        point: slot(60),
        dataAt: iso(60),
        verified: true,
        from: "snapshot prod-ledger-20261121t0200z",
        into: "DB cluster ledger",
      },
      steps: [],
      notes: ["Its parameter group was changed since; the restored cluster has it as it was."],
    },
    steps: [
      {
        name: "restore",
        does: "Restores the snapshot as ledger-restore-20261121t030512z, in the subnet group private",
        state: "done",
        seconds: 401,
        expectedSeconds: 420,
      },
      {
        name: "check",
        does: "Waits until it answers, and reads the schema",
        state: "running",
        seconds: 61,
        expectedSeconds: 90,
      },
      {
        name: "swap",
        does: "Renames ledger to ledger-before-20261121t030512z, and the restored cluster to ledger",
        state: "waiting",
        expectedSeconds: 30,
      },
    ],
    ...{ leftBehind: [], result: [] },
  };
  return { iso, slot, status, sources, points, drills, alerts, restore };
}
