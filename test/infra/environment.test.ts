import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Environment } from "../../functions/core/environment.ts";
import {
  archives,
  bucket,
  email,
  environment,
  rdsCluster,
  rdsInstance,
  sms,
} from "../../infra/environment.ts";
import { type Breakable, goodFiles } from "./files.ts";
import { broken, mistakes, refusal } from "./mistakes.ts";

describe("a good file", () => {
  test("is resolved to seconds, defaults and each source's own plan", () => {
    const resolved = environment({
      name: "dev",
      account: "111122223333",
      primaryRegion: "eu-west-1",
      recoveryRegion: "eu-central-1",
      profile: "ephemeral",
      alerts: { page: [sms("+4915112345678"), email("dev@acme.example")] },
      plans: { daily: { every: "1d", rpo: "26h", rto: "4h", keep: { daily: 7 } } },
      sources: [
        rdsInstance("orders", { plan: "daily", instance: "orders-db" }),
        rdsCluster("ledger", { plan: "daily", cluster: "ledger" }),
        bucket("uploads", { plan: "daily", bucket: "acme-uploads" }),
        archives("erp", { plan: "daily", bucket: "acme-dumps", prefix: "erp/", arrives: "24h" }),
      ],
    });

    const plan = {
      name: "daily",
      everySeconds: 86_400,
      rpoSeconds: 93_600,
      rtoSeconds: 14_400,
      keep: { daily: 7 },
      copies: ["recovery"],
    };
    expect(resolved.plans).toEqual([plan]);
    expect(resolved.alerts.notify).toEqual([{ kind: "email", address: "dev@acme.example" }]);
    expect(resolved.sources).toEqual([
      { kind: "rds-instance", name: "orders", plan, instance: "orders-db" },
      { kind: "rds-cluster", name: "ledger", plan, cluster: "ledger" },
      { kind: "bucket", name: "uploads", plan, bucket: "acme-uploads", deletions: "keep" },
      { kind: "archives", name: "erp", plan, bucket: "acme-dumps", prefix: "erp/", arrivesSeconds: 86_400 },
    ]);
  });

  test("takes an issuer's groups and its audience for the console unless the file says otherwise", () => {
    const file = broken((good) => {
      good.signIn = { issuer: "https://login.acme.example/", audience: "holdfast" };
    });
    expect(environment(file).signIn).toEqual({
      issuer: "https://login.acme.example/",
      audience: "holdfast",
      rolesClaim: "groups",
      clientId: "holdfast",
      scope: "openid email",
    });
  });

  test("says when alerts are told, in seconds and by the clocks of time zones, UTC where it names none", () => {
    const file = broken(({ alerts }) => {
      delete alerts.digest.timeZone;
    });
    expect(environment(file).alerts).toMatchObject({
      canary: { at: "10:00", timeZone: "Europe/Berlin" },
      digest: { every: "day", at: "07:00", timeZone: "UTC" },
      quietHours: { from: "20:00", to: "07:00", timeZone: "Europe/Berlin" },
      acknowledgeSeconds: { P1: 600, P3: 172_800 },
    });
  });

  test("has a weekly test of who is paged where it is protected, unless it says never", () => {
    const canaryOf = (change: (file: Breakable) => void) => environment(broken(change)).alerts.canary;
    expect(canaryOf(({ alerts }) => delete alerts.canary)).toEqual({ at: "09:00", timeZone: "UTC" });
    const ephemeral = (file: Breakable) => {
      delete file.alerts.canary;
      file.profile = "ephemeral";
    };
    expect(canaryOf(ephemeral)).toBeUndefined();
    expect(canaryOf(({ alerts }) => Object.assign(alerts.canary, { every: "never" }))).toBeUndefined();
  });

  test("may promise five minutes where every moment can be restored, and more where only copies are", () => {
    const file = broken(({ plans, sources }) => {
      plans.live = { every: "1h", rpo: "5m", keep: { daily: 7 }, pointInTime: "recovery" };
      plans.aurora = { ...plans.live, pointInTime: "primary", pointInTimeDays: 35, recoveryRpo: "75m" };
      sources.push({ kind: "rds-instance", name: "cart", plan: "live", instance: "cart-db" });
      sources.push({ kind: "rds-cluster", name: "stock", plan: "aurora", cluster: "stock" });
    });
    expect(environment(file).sources.slice(-2)).toMatchObject([
      { plan: { rpoSeconds: 300, pointInTime: { reach: "recovery", days: 7 } } },
      { plan: { rpoSeconds: 300, recoveryRpoSeconds: 4_500, pointInTime: { reach: "primary", days: 35 } } },
    ]);
  });

  test("500 of them, of many shapes, are accepted and are what the functions read", () => {
    fc.assert(
      fc.property(goodFiles, (file) => {
        const resolved = environment(file);
        expect(Environment.parse(JSON.parse(JSON.stringify(resolved)))).toEqual(resolved);
        expect(resolved.sources.map(({ name }) => name)).toEqual(file.sources.map(({ name }) => name));
      }),
      { numRuns: 500 },
    );
  });

  test("may verify a drop inside a replicated bucket: the two prove different things", () => {
    const file = broken(({ sources }) => {
      sources[3].bucket = "acme-uploads";
    });
    expect(environment(file).sources).toHaveLength(4);
  });
});

mistakes("the environment itself", [
  [
    "one region twice",
    (file) => {
      file.recoveryRegion = "eu-west-1";
    },
    'recoveryRegion is "eu-west-1", the primary region itself, so that one failure takes both; write another region of the partition aws.',
  ],
  [
    "a region that does not exist",
    (file) => {
      file.primaryRegion = "eu-wst-1";
    },
    'primaryRegion is "eu-wst-1", no region that Holdfast knows; write "eu-west-1".',
  ],
  [
    "a region of another partition",
    (file) => {
      file.recoveryRegion = "us-gov-west-1";
    },
    'recoveryRegion is "us-gov-west-1", in another partition than eu-west-1, and nothing is copied between partitions; write a region of the partition aws.',
  ],
  [
    "a region in China",
    (file) => {
      file.primaryRegion = "cn-north-1";
    },
    'primaryRegion is "cn-north-1", in China, where RDS copies no snapshots between regions; write a region outside of China.',
  ],
  [
    "an approval that is half wanted",
    (file) => {
      file.restores.approval = "maybe";
    },
    'restores.approval is "maybe"; write "required", or leave it out.',
  ],
  [
    "a network of another form",
    (file) => {
      file.restores.network.securityGroups = ["default"];
    },
    'restores.network.securityGroups[0] is "default"; write the id of a security group, like "sg-0123456789abcdef0".',
  ],
  [
    "a network to read restored databases from that is none",
    (file) => {
      file.restores.hydrate = {};
    },
    'restores.hydrate is {}; write from where restored databases are read whole, like { primary: { subnetIds: ["subnet-…"], securityGroupIds: ["sg-…"] } }.',
  ],
  [
    "a network to read restored databases from, where none has to be read",
    (file) => {
      file.sources.shift();
    },
    'restores.hydrate is {"primary":{"subnetIds":["subnet-0123456789abcdef0"],"securityGroupIds":["sg-..., but no source is an RDS instance, and only their volumes load what they store when it is read; write nothing there.',
  ],
  [
    "a restore into what it restores from",
    (file) => {
      file.restores.buckets = ["holdfast-prod-uploads-111122223333-eu-central-1"];
    },
    'restores.buckets[0] is "holdfast-prod-uploads-111122223333-eu-central-1", a bucket of Holdfast\'s own, which restores only read; write another bucket.',
  ],
]);

test("several mistakes are listed, one on each line", () => {
  const message = refusal(
    broken((file) => {
      file.account = 111122223333;
      file.profile = "safe";
      file.alerts.page[0].number = "0151 12345678";
    }),
  );

  expect(message.split("\n")).toEqual([
    "The environment file is refused for 3 mistakes:",
    '  - account is 111122223333; write 12 digits in quotes, like "111122223333".',
    '  - profile is "safe"; write "protected" or "ephemeral".',
    '  - alerts.page[0].number is "0151 12345678"; write a phone number in E.164 form, like "+4915112345678"',
  ]);
});
