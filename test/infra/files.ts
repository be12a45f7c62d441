import fc from "fast-check";
import type { EnvironmentFile, SourceFile } from "../../infra/environment-file.ts";

/** A copy that a test may break. */
// biome-ignore lint/suspicious/noExplicitAny: a malformed file has no type.
export type Breakable = any;

/** A good file with every kind of source and every optional field. */
export function goodFile(): Breakable {
  return {
    name: "prod",
    account: "111122223333",
    primaryRegion: "eu-west-1",
    recoveryRegion: "eu-central-1",
    profile: "protected",
    alerts: {
      page: [
        { kind: "sms", number: "+4915112345678" },
        { kind: "email", address: "oncall@acme.example" },
        { kind: "pagerDuty", secret: "holdfast/pagerduty" },
      ],
      notify: [
        { kind: "email", address: "ops@acme.example" },
        { kind: "webhook", url: "https://hooks.acme.example/backup", secret: "holdfast/hmac" },
        { kind: "slack", secret: "holdfast/slack" },
        { kind: "teams", secret: "holdfast/teams" },
        { kind: "feishu", secret: "holdfast/feishu" },
        { kind: "dingtalk", secret: "holdfast/dingtalk" },
        { kind: "weCom", secret: "holdfast/wecom" },
      ],
      digest: { every: "day", at: "07:00", timeZone: "Europe/Berlin" },
      canary: { every: "week", at: "10:00", timeZone: "Europe/Berlin" },
      quietHours: { from: "20:00", to: "07:00", timeZone: "Europe/Berlin" },
      acknowledgeWithin: { P1: "10m", P3: "2d" },
    },
    restores: {
      approval: "required",
      network: { subnetGroup: "private", securityGroups: ["sg-0123456789abcdef0"] },
      hydrate: {
        primary: { subnetIds: ["subnet-0123456789abcdef0"], securityGroupIds: ["sg-0123456789abcdef0"] },
        recovery: { subnetIds: ["subnet-0123456789abcdef1"], securityGroupIds: ["sg-0123456789abcdef1"] },
      },
      buckets: ["acme-restored"],
    },
    storage: { budgetGiB: 500 },
    signIn: {
      issuer: "https://acme.okta.com/oauth2/default",
      audience: "holdfast",
      rolesClaim: "groups",
      clientId: "holdfast-console",
      scope: "openid email groups",
      origins: ["https://login.acme.example"],
    },
    plans: {
      critical: {
        every: "1h",
        rpo: "2h",
        rto: "30m",
        keep: { last: 3, hourly: 24, daily: 7, weekly: 4, monthly: 12, yearly: 1 },
        recoveryRpo: "3h",
        copies: ["recovery"],
        pointInTime: "primary",
        pointInTimeDays: 14,
        drill: {
          every: "7d",
          instanceClass: "db.t4g.medium",
          sql: [{ sql: "SELECT 1", expect: 1 }],
          sample: { confidence: 0.99, damage: 0.01 },
        },
        budget: { rpo: "12h", rto: "2d" },
        scrub: "90d",
      },
    },
    sources: [
      {
        kind: "rds-instance",
        name: "orders",
        plan: "critical",
        instance: "orders-db",
        checks: [{ sql: "SELECT id, note FROM orders", expect: [[1, "first"]], database: "shop" }],
        heartbeat: {
          secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-beat-AbCdEf",
          database: "shop",
          subnetIds: ["subnet-0123456789abcdef0"],
          securityGroupIds: ["sg-0123456789abcdef0"],
        },
        hydrate: { secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-reader-AbCdEf" },
      },
      { kind: "rds-cluster", name: "ledger", plan: "critical", cluster: "ledger" },
      {
        kind: "bucket",
        name: "uploads",
        plan: "critical",
        bucket: "acme-uploads",
        deletions: "keep",
        keyArn: "arn:aws:kms:eu-west-1:111122223333:key/1b2c3d4e-0000-4000-8000-000000000000",
      },
      {
        kind: "archives",
        name: "nightly-erp",
        plan: "critical",
        bucket: "acme-dumps",
        prefix: "erp/",
        arrives: "24h",
        keyArn: "arn:aws:kms:eu-west-1:444455556666:key/1b2c3d4e-0000-4000-8000-000000000001",
      },
    ],
  };
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4})?$/);
const everyMinutes = fc.constantFrom(15, 20, 30, 60, 120, 360, 720, 1_440, 2_880, 10_080);
const pair = fc.constantFrom(
  ["eu-west-1", "eu-central-1"] as const,
  ["us-east-1", "us-west-2"] as const,
  ["ap-southeast-2", "ap-northeast-1"] as const,
  ["us-gov-west-1", "us-gov-east-1"] as const,
);

const plan = fc.record(
  {
    everyMinutes,
    slackMinutes: fc.integer({ min: 15, max: 5_000 }),
    rto: fc.option(fc.constantFrom("10m", "4h", "2d"), { nil: undefined }),
    continuousDays: fc.option(fc.integer({ min: 1, max: 35 }), { nil: undefined }),
    recoverySlackMinutes: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
    drillHours: fc.option(fc.integer({ min: 168, max: 2_000 }), { nil: undefined }),
    keep: fc
      .record(
        { last: fc.nat(50), hourly: fc.nat(48), daily: fc.nat(31), weekly: fc.nat(8), yearly: fc.nat(9) },
        { requiredKeys: [] },
      )
      .filter((keep) => Object.values(keep).some((count) => count)),
  },
  { noNullPrototype: true },
);

/** Good files of many shapes: one plan or two, one source or many, either profile, several pairs of regions. */
export const goodFiles: fc.Arbitrary<EnvironmentFile> = fc
  .record({
    name: word,
    account: fc.stringMatching(/^\d{12}$/),
    pair,
    profile: fc.constantFrom("protected" as const, "ephemeral" as const),
    plans: fc.uniqueArray(fc.tuple(word, plan), { selector: ([name]) => name, minLength: 1, maxLength: 3 }),
    kinds: fc.uniqueArray(
      fc.tuple(
        word.filter((name) => name !== "account"),
        fc.constantFrom("rds-instance", "rds-cluster", "bucket", "archives"),
      ),
      { selector: ([name]) => name, minLength: 3, maxLength: 9 },
    ),
    number: fc.stringMatching(/^\+[1-9]\d{6,14}$/),
    ops: fc.option(word, { nil: undefined }),
  })
  .map(({ pair: [primaryRegion, recoveryRegion], plans, kinds, number, ops, ...rest }) => ({
    ...rest,
    primaryRegion,
    recoveryRegion,
    alerts: {
      page: [
        { kind: "sms" as const, number },
        { kind: "email" as const, address: "oncall@acme.example" },
      ],
      ...(ops ? { notify: [{ kind: "email" as const, address: `${ops}@acme.example` }] } : {}),
    },
    plans: Object.fromEntries(
      plans.map(([name, one], planIndex) => [
        name,
        {
          ...continuous(
            one,
            kinds.filter((_, index) => index % plans.length === planIndex).map(([, kind]) => kind),
          ),
          every: `${one.everyMinutes}m`,
          rpo: `${one.everyMinutes + one.slackMinutes}m`,
          ...(one.rto ? { rto: one.rto } : {}),
          ...(one.drillHours ? { drill: { every: `${one.drillHours}h` } } : {}),
          keep: one.keep,
        },
      ]),
    ),
    sources: kinds.map(([name, kind], index) =>
      sourceOf(name, kind as SourceFile["kind"], plans[index % plans.length]?.[0] ?? ""),
    ),
  }));

/** Continuous protection as far as AWS offers it to the plan's kinds of source. */
function continuous(
  one: {
    everyMinutes: number;
    slackMinutes: number;
    continuousDays: number | undefined;
    recoverySlackMinutes: number | undefined;
  },
  kinds: string[],
) {
  const { everyMinutes, slackMinutes, continuousDays, recoverySlackMinutes } = one;
  const reach = kinds.includes("rds-cluster") ? ("primary" as const) : ("recovery" as const);
  const recoveryRpo =
    recoverySlackMinutes === undefined
      ? {}
      : { recoveryRpo: `${everyMinutes + slackMinutes + recoverySlackMinutes}m` };
  if (continuousDays === undefined || !kinds.some((kind) => kind.startsWith("rds-"))) return recoveryRpo;
  return { ...recoveryRpo, pointInTime: reach, pointInTimeDays: continuousDays };
}

function sourceOf(name: string, kind: SourceFile["kind"], plan: string): SourceFile {
  const common = { name, plan };
  switch (kind) {
    case "rds-instance":
      return { ...common, kind, instance: `${name}-db` };
    case "rds-cluster":
      return { ...common, kind, cluster: `${name}-cluster` };
    case "bucket":
      return { ...common, kind, bucket: `acme-${name}`, deletions: "propagate" };
    case "archives":
      return { ...common, kind, bucket: "acme-dumps", prefix: `${name}/`, arrives: "7d" };
  }
}
