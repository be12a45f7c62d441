import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Environment } from "../../functions/core/environment.ts";
import { Problem } from "../../functions/core/problem.ts";
import {
  archives,
  bucket,
  email,
  environment,
  rdsCluster,
  rdsInstance,
  sms,
} from "../../infra/environment.ts";
import { type Breakable, goodFile, goodFiles } from "./files.ts";

/** What the file is refused with. */
function refusal(file: Breakable): string {
  try {
    environment(file);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Problem);
    expect((thrown as Problem).code).toBe("invalid");
    return (thrown as Problem).message;
  }
  throw new Error(`accepted: ${JSON.stringify(file)}`);
}

/** A good file with one change. */
function broken(change: (file: Breakable) => void): Breakable {
  const file = goodFile();
  change(file);
  return file;
}

/** Whether the text names the path of a field, and not merely one that begins like it. */
function names(text: string, path: string): boolean {
  return text.includes(`${path} is `) || text.includes(`${path} (source `);
}

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

  test("says when alerts are told, in seconds and by the clocks of time zones, UTC where it names none", () => {
    const file = broken(({ alerts }) => {
      delete alerts.digest.timeZone;
    });
    expect(environment(file).alerts).toMatchObject({
      digest: { every: "day", at: "07:00", timeZone: "UTC" },
      quietHours: { from: "20:00", to: "07:00", timeZone: "Europe/Berlin" },
      acknowledgeSeconds: { P1: 600, P3: 172_800 },
    });
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

describe("a mistake is one sentence with the field, the value and what to write:", () => {
  const cases: [title: string, change: (file: Breakable) => void, sentence: string][] = [
    [
      "an unknown field, with the nearest name",
      (file) => {
        file.plans.critical.evry = "1h";
      },
      'plans.critical.evry is "1h", in a field that does not exist; write "every", or leave it out.',
    ],
    [
      "a missing field",
      (file) => {
        delete file.plans.critical.keep;
      },
      "plans.critical.keep is missing; write what to keep, like { hourly: 24, daily: 7 }.",
    ],
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
      "an RPO shorter than the schedule can meet",
      (file) => {
        delete file.plans.critical.pointInTime;
        delete file.plans.critical.pointInTimeDays;
        file.plans.critical.rpo = "1h";
      },
      'plans.critical.rpo is "1h", shorter than a schedule of every 1h can meet (a point takes up to 15m to be there); write "75m" or more, a shorter "every", or pointInTime: "primary" for databases.',
    ],
    [
      "an RPO shorter than RDS uploads logs",
      (file) => {
        file.plans.critical.rpo = "4m";
      },
      'plans.critical.rpo is "4m", shorter than the 5m in which RDS uploads a database\'s logs once; write "5m" or more.',
    ],
    [
      "archives under an RPO that only a database can meet",
      (file) => {
        file.plans.critical.rpo = "5m";
      },
      'plans.critical.rpo is "5m", but "nightly-erp" is a drop of archives, of which nothing newer than the last can be restored; write "75m" or more, or a plan of its own for the archives.',
    ],
    [
      "an RPO of minutes in a region that has only copies",
      (file) => {
        file.plans.live = { every: "1h", rpo: "5m", keep: { daily: 7 }, pointInTime: "primary" };
        file.sources[1].plan = "live";
      },
      'plans.live.rpo is "5m", shorter than copies of points of every 1h can meet in the recovery region; write recoveryRpo: "75m" or more besides, or pointInTime: "recovery" for RDS instances.',
    ],
    [
      "an RPO of the recovery region that no copy can meet",
      (file) => {
        file.plans.critical.rpo = "75m";
        file.plans.critical.every = "2h";
        delete file.sources[3];
        file.sources.length = 3;
        file.plans.critical.recoveryRpo = "2h";
        delete file.plans.critical.scrub;
      },
      'plans.critical.recoveryRpo is "2h", shorter than copies of points of every 2h can meet in the recovery region; write "135m" or more, or pointInTime: "recovery" for RDS instances.',
    ],
    [
      "a bucket under an RPO that only a database can meet",
      (file) => {
        file.plans.live = { every: "1h", rpo: "5m", keep: { daily: 7 }, pointInTime: "recovery" };
        file.sources[2].plan = "live";
        file.sources.push({ kind: "rds-instance", name: "cart", plan: "live", instance: "cart-db" });
      },
      'plans.live.rpo is "5m", but "uploads" is a bucket, of which a point is a replica compared every 1h; write recoveryRpo: "75m" or more besides, or a plan of its own for the bucket.',
    ],
    [
      "an RPO of the recovery region below that of the primary one",
      (file) => {
        file.plans.critical.recoveryRpo = "90m";
      },
      'plans.critical.recoveryRpo is "90m", shorter than the plan\'s "rpo" of 2h, though copies are the later ones; write "2h" or more.',
    ],
    [
      "an RPO of copies that are not made",
      (file) => {
        file.plans.here = { every: "1h", rpo: "2h", recoveryRpo: "4h", keep: { daily: 7 }, copies: [] };
        file.sources[1].plan = "here";
      },
      'plans.here.recoveryRpo is "4h", but the plan makes no copies in the recovery region; write copies: ["recovery"] besides, or leave it out.',
    ],
    [
      "a cluster whose automated backups AWS does not replicate",
      (file) => {
        file.plans.critical.pointInTime = "recovery";
      },
      'plans.critical.pointInTime is "recovery", but "ledger" is a cluster, and AWS replicates automated backups of DB instances only; write "primary", or a plan of its own for the cluster.',
    ],
    [
      "automated backups in a region that gets no copies",
      (file) => {
        file.plans.here = { every: "1h", rpo: "5m", keep: { daily: 7 }, copies: [], pointInTime: "recovery" };
        file.sources.push({ kind: "rds-instance", name: "cart", plan: "here", instance: "cart-db" });
      },
      'plans.here.pointInTime is "recovery", but the plan makes no copies in the recovery region; write copies: ["recovery"] besides, or "primary".',
    ],
    [
      "continuous protection of what is no database",
      (file) => {
        file.plans.data = { every: "1h", rpo: "2h", keep: { daily: 7 }, pointInTime: "primary" };
        file.sources[2].plan = "data";
      },
      'plans.data.pointInTime is "primary", but no database is under the plan, and RDS alone keeps every moment; write nothing there: a replica keeps a bucket\'s versions.',
    ],
    [
      "more days than RDS keeps",
      (file) => {
        file.plans.critical.pointInTimeDays = 36;
      },
      "plans.critical.pointInTimeDays is 36; write a whole number of days from 1 to 35, which is what RDS keeps.",
    ],
    [
      "days of what is not asked for",
      (file) => {
        delete file.plans.critical.pointInTime;
      },
      'plans.critical.pointInTimeDays is 14, but the plan does not ask for automated backups; write pointInTime: "primary" besides, or leave it out.',
    ],
    [
      "a plan that no source uses",
      (file) => {
        file.plans.spare = { every: "1d", rpo: "2d", keep: { daily: 7 } };
      },
      'plans.spare is {"every":"1d","rpo":"2d","keep":{"daily":7}}, which no source uses; write plan: "spare" in a source, or leave the plan out.',
    ],
    [
      "a plan that does not exist",
      (file) => {
        file.sources[0].plan = "crtical";
      },
      'sources[0].plan (source "orders") is "crtical", a plan that does not exist; write "critical".',
    ],
    [
      "two sources with one name",
      (file) => {
        file.sources[1].name = "orders";
      },
      'sources[1].name (source "orders") is "orders", the name of an earlier source too; write a name of its own for each source.',
    ],
    [
      "a database's schedule under the possible minimum",
      (file) => {
        file.plans.critical.every = "10m";
      },
      'plans.critical.every is "10m", but "orders" is a database, which takes one snapshot at a time and minutes for each; write "15m" or more.',
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
      "as whom to read restored databases, without from where",
      (file) => {
        file.restores.hydrate = undefined;
      },
      'sources[0].hydrate (source "orders") is {"secretArn":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-rea..., but no network is declared from which a restored database would be read; write restores: { hydrate: { primary: { subnetIds: ["subnet-…"], securityGroupIds: ["sg-…"] } } } besides.',
    ],
    [
      "as whom to read restored databases, in a secret of another account",
      (file) => {
        file.sources[0].hydrate.secretArn =
          "arn:aws:secretsmanager:eu-west-1:999922223333:secret:reader-AbCdEf";
      },
      'sources[0].hydrate.secretArn (source "orders") is "arn:aws:secretsmanager:eu-west-1:999922223333:secret:reader-AbCdEf", not a secret of this account in the primary region, where the database is; write an ARN that begins with "arn:aws:secretsmanager:eu-west-1:111122223333:secret:".',
    ],
    [
      "a restore into what it restores from",
      (file) => {
        file.restores.buckets = ["holdfast-prod-uploads-111122223333-eu-central-1"];
      },
      'restores.buckets[0] is "holdfast-prod-uploads-111122223333-eu-central-1", a bucket of Holdfast\'s own, which restores only read; write another bucket.',
    ],
    [
      "slots that would shift from day to day",
      (file) => {
        file.plans.critical.every = "50m";
      },
      'plans.critical.every is "50m", which neither divides a day nor is whole days, so that slots would shift from day to day; write "48m".',
    ],
    [
      "a retention that keeps nothing",
      (file) => {
        file.plans.critical.keep = { daily: 0 };
      },
      'plans.critical.keep is {"daily":0}, which keeps nothing; write { daily: 7 } or what you need.',
    ],
    [
      "a cluster whose snapshots' identifiers would be too long",
      (file) => {
        delete file.plans.critical.drill;
        delete file.sources[0].checks;
        file.sources[1].name = "l".repeat(41);
      },
      `sources[1].name (source "${"l".repeat(41)}") is "${"l".repeat(41)}", which makes its snapshots' identifiers 64 characters long where AWS allows 63; write a name of at most 40 characters.`,
    ],
    [
      "a bucket that is its own copy target",
      (file) => {
        file.sources[2].bucket = "holdfast-prod-uploads-111122223333-eu-central-1";
      },
      'sources[2].bucket (source "uploads") is "holdfast-prod-uploads-111122223333-eu-central-1", a replica that this environment makes, and so its own copy target; write the bucket that your own data is in.',
    ],
    [
      "a vault as a source",
      (file) => {
        file.sources[3].bucket = "holdfast-prod-111122223333-eu-west-1";
      },
      'sources[3].bucket (source "nightly-erp") is "holdfast-prod-111122223333-eu-west-1", a vault of this environment; write the bucket that your own data is in.',
    ],
    [
      "one database under two sources",
      (file) => {
        file.sources.push({ ...file.sources[0], name: "orders-again" });
      },
      'sources[4].instance (source "orders-again") is "orders-db", which "orders" protects already; write each thing under one source.',
    ],
    [
      "drops that overlap",
      (file) => {
        file.sources.push({ ...file.sources[3], name: "erp-daily", prefix: "erp/daily/" });
      },
      'sources[4].prefix (source "erp-daily") is "erp/daily/", which overlaps with "nightly-erp"; write each thing under one source.',
    ],
    [
      "a bucket under a plan with no copies",
      (file) => {
        file.plans.here = { every: "1h", rpo: "2h", keep: { daily: 7 }, copies: [] };
        file.sources[2].plan = "here";
      },
      'sources[2].plan (source "uploads") is "here", a plan with no copies, but a bucket\'s point is its replica; write a plan with copies: ["recovery"].',
    ],
    [
      "archives that arrive more often than anyone looks",
      (file) => {
        file.sources[3].arrives = "30m";
      },
      'sources[3].arrives (source "nightly-erp") is "30m", more often than its plan looks at the drop, every 1h; write "1h" or more, or a plan that looks more often.',
    ],
    [
      "a key of another region",
      (file) => {
        file.sources[2].keyArn = "arn:aws:kms:eu-central-1:111122223333:key/1";
      },
      'sources[2].keyArn (source "uploads") is "arn:aws:kms:eu-central-1:111122223333:key/1", not a key of the primary region, where the bucket is; write an ARN that begins with "arn:aws:kms:eu-west-1:".',
    ],
    [
      "a source whose drills' names would be too long",
      (file) => {
        file.sources[3].name = "e".repeat(39);
      },
      `sources[3].name (source "${"e".repeat(39)}") is "${"e".repeat(39)}", which makes its drills' names 65 characters long where AWS allows 64; write a name of at most 38 characters.`,
    ],
    [
      "drills more often than one may take",
      (file) => {
        file.plans.critical.rto = "12h";
        file.plans.critical.drill.every = "6h";
      },
      'plans.critical.drill.every is "6h", shorter than the plan\'s "rto" of 12h, which a drill may rightly take; write "12h" or more, like "7d".',
    ],
    [
      "drills every few minutes",
      (file) => {
        file.plans.critical.drill.every = "45m";
      },
      'plans.critical.drill.every is "45m", shorter than a restore, its checks and its end may take; write "1h" or more, like "7d".',
    ],
    [
      "drills more often than there are points",
      (file) => {
        file.plans.critical.every = "1d";
        file.plans.critical.rpo = "2d";
        file.plans.critical.recoveryRpo = "2d";
        file.plans.critical.drill.every = "12h";
        file.sources[3].arrives = "2d";
      },
      'plans.critical.drill.every is "12h", more often than a point is taken, every 1d; write "1d" or more.',
    ],
    [
      "drills of copies that are not made",
      (file) => {
        file.plans.here = { every: "1h", rpo: "2h", keep: { daily: 7 }, copies: [], drill: { every: "7d" } };
        file.sources[1].plan = "here";
      },
      'plans.here.drill is {"every":"7d"}, but a drill restores the copy in the recovery region, and the plan makes none; write copies: ["recovery"] besides, or leave the drill out.',
    ],
    [
      "an unknown field of a drill, with the nearest name",
      (file) => {
        file.plans.critical.drill.instanceClas = "db.t4g.medium";
      },
      'plans.critical.drill.instanceClas is "db.t4g.medium", in a field that does not exist; write "instanceClass", or leave it out.',
    ],
    [
      "a sample that can never be sure enough",
      (file) => {
        file.plans.critical.drill.sample.confidence = 1;
      },
      "plans.critical.drill.sample.confidence is 1; write a share between 0 and 1, like 0.99.",
    ],
    [
      "a scrub where nothing is scrubbed",
      (file) => {
        file.plans.data = { every: "1h", rpo: "2h", keep: { daily: 7 }, scrub: "90d" };
        file.sources[1].plan = "data";
      },
      'plans.data.scrub is "90d", but no archives are under the plan, and nothing else is scrubbed; write nothing there: databases and buckets are proved by a drill.',
    ],
    [
      "a database that is called like a drill's clone",
      (file) => {
        file.sources[0].instance = "prod-orders-drill-db";
      },
      'sources[0].instance (source "orders") is "prod-orders-drill-db", but what is called "prod-…-drill-…" is a drill\'s, which takes it away again; write a database with another name.',
    ],
    [
      "checks that no drill would ask",
      (file) => {
        delete file.plans.critical.drill;
      },
      'sources[0].checks (source "orders") is [{"sql":"SELECT id, note FROM orders","expect":[[1,"first"]],"database":"shop"}], but its plan "critical" has no drill that would ask; write drill: { every: "7d" } in the plan.',
    ],
    [
      "a heartbeat whose role's name would be too long",
      (file) => {
        file.sources[0].name = "o".repeat(31);
      },
      `sources[0].name (source "${"o".repeat(31)}") is "${"o".repeat(31)}", which makes its heartbeat's role 65 characters long where AWS allows 64; write a name of at most 30 characters.`,
    ],
    [
      "a heartbeat with a secret of another region",
      (file) => {
        file.sources[0].heartbeat.secretArn =
          "arn:aws:secretsmanager:eu-central-1:111122223333:secret:beat-AbCdEf";
      },
      'sources[0].heartbeat.secretArn (source "orders") is "arn:aws:secretsmanager:eu-central-1:111122223333:secret:beat-AbCdEf", not a secret of this account in the primary region, where the database is; write an ARN that begins with "arn:aws:secretsmanager:eu-west-1:111122223333:secret:".',
    ],
    [
      "nobody to notify",
      (file) => {
        delete file.alerts.notify;
        file.alerts.page.splice(1, 1);
      },
      'alerts.notify is missing, and "page" has no e-mail address that could stand in; write [email("ops@acme.example")].',
    ],
    [
      "quiet hours of no length, which would be all day",
      (file) => {
        file.alerts.quietHours.to = "20:00";
      },
      'alerts.quietHours.to is "20:00", the same as "from", so that nothing would ever be told; write another time, like "07:00".',
    ],
    [
      "quiet hours in a time zone that does not exist",
      (file) => {
        file.alerts.quietHours.timeZone = "Europe/Bonn";
      },
      'alerts.quietHours.timeZone is "Europe/Bonn"; write a time zone by its IANA name, like "Europe/Berlin".',
    ],
    [
      "a digest in an offset, which has no summer",
      (file) => {
        file.alerts.digest.timeZone = "+02:00";
      },
      'alerts.digest.timeZone is "+02:00"; write a time zone by its IANA name, like "Europe/Berlin".',
    ],
    [
      "a digest at a time that no clock shows",
      (file) => {
        file.alerts.digest.at = "24:00";
      },
      'alerts.digest.at is "24:00"; write a time of day, like "07:00".',
    ],
    [
      "an alert to be acknowledged at once",
      (file) => {
        file.alerts.acknowledgeWithin.P1 = "1m";
      },
      'alerts.acknowledgeWithin.P1 is "1m", sooner than a person can answer; write at least 5m.',
    ],
    [
      "an alert to be acknowledged some day",
      (file) => {
        file.alerts.acknowledgeWithin.P3 = "30d";
      },
      'alerts.acknowledgeWithin.P3 is "30d", so late that it would be forgotten; write at most 7d.',
    ],
    [
      "a severity that nobody has to acknowledge",
      (file) => {
        file.alerts.acknowledgeWithin.P4 = "7d";
      },
      'alerts.acknowledgeWithin.P4 is "7d", in a field that does not exist; write "P1", or leave it out.',
    ],
    [
      "a channel of a kind that does not exist",
      (file) => {
        file.alerts.notify[1] = { kind: "pager", secret: "x" };
      },
      'alerts.notify[1].kind is "pager"; write a channel made by email, sms, webhook, slack, teams, feishu, dingtalk, weCom or pagerDuty, like email("oncall@acme.example").',
    ],
    [
      "a page that alarms cannot reach",
      (file) => {
        file.alerts.page.splice(0, 2);
      },
      'alerts.page is [{"kind":"pagerDuty","secret":"holdfast/pagerduty"}], without an e-mail address or a phone number, and CloudWatch\'s alarms reach only those; write at least one of email("oncall@acme.example") and sms("+4915112345678") besides.',
    ],
    [
      "a robot's address where its secret's name belongs, without repeating it",
      (file) => {
        file.alerts.notify[2].secret = "https://hooks.slack.com/services/T000/B000/XXXX";
      },
      'alerts.notify[2].secret is an address with a secret in it; write the name of a secret in Secrets Manager that both regions have, like "holdfast/slack".',
    ],
    [
      "a webhook without TLS",
      (file) => {
        file.alerts.notify[1].url = "http://hooks.acme.example/backup";
      },
      'alerts.notify[1].url is "http://hooks.acme.example/backup"; write an https address without a password or fragment in it, like "https://hooks.acme.example/backup".',
    ],
    [
      "a webhook with a password in its address",
      (file) => {
        file.alerts.notify[1].url = "https://me:pass@hooks.acme.example/";
      },
      'alerts.notify[1].url is an address with a secret in it; write an https address without a password or fragment in it, like "https://hooks.acme.example/backup".',
    ],
    [
      "a channel twice",
      (file) => {
        file.alerts.notify.push({ kind: "slack", secret: "holdfast/slack" });
      },
      'alerts.notify[7].secret is "holdfast/slack", which is in the list already; write it once.',
    ],
    [
      "a source named as the account's findings are",
      (file) => {
        file.sources[0].name = "account";
      },
      'sources[0].name (source "account") is "account", which findings about the account itself use; write another name.',
    ],
  ];

  for (const [title, change, sentence] of cases) {
    test(title, () => {
      expect(refusal(broken(change))).toBe(`The environment file is refused: ${sentence.slice(0, -1)}`);
    });
  }

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
});

describe("malformed files", () => {
  /** Every field of the good file, with its container. */
  function fieldsOf(
    value: Breakable,
    path = "",
  ): { path: string; get: (file: Breakable) => Breakable; key: string }[] {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    const get = (file: Breakable) => steps.reduce((at, step) => at[step], file);
    return Object.keys(value).flatMap((key) => {
      const here = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
      const below = typeof value[key] === "object" ? fieldsOf(value[key], here) : [];
      return [{ path: here, get, key }, ...below];
    });
  }

  const optional = new Set(
    [
      "alerts.notify",
      "alerts.digest",
      "alerts.digest.timeZone",
      "alerts.quietHours",
      "alerts.quietHours.timeZone",
      "alerts.acknowledgeWithin",
      "alerts.acknowledgeWithin.P1",
      "alerts.acknowledgeWithin.P3",
      "restores",
      "restores.approval",
      "restores.network",
      "restores.network.subnetGroup",
      "restores.network.securityGroups",
      "restores.hydrate",
      "restores.hydrate.primary",
      "restores.hydrate.recovery",
      "restores.buckets",
      "plans.critical.rto",
      "plans.critical.recoveryRpo",
      "plans.critical.copies",
      "plans.critical.pointInTime",
      "plans.critical.pointInTimeDays",
      "sources[2].deletions",
      "sources[2].keyArn",
      "sources[3].keyArn",
      "sources[0].checks",
      "sources[0].checks[0].database",
      "sources[0].heartbeat",
      "sources[0].heartbeat.database",
      "sources[0].hydrate",
      "plans.critical.scrub",
      "plans.critical.drill",
      "plans.critical.drill.instanceClass",
      "plans.critical.drill.sql",
      "plans.critical.drill.sample",
    ].concat(Object.keys(goodFile().plans.critical.keep).map((tier) => `plans.critical.keep.${tier}`)),
  );
  const wrong = [
    null,
    true,
    7.5,
    -1,
    Number.NaN,
    "?",
    "\u0000",
    " ",
    [],
    [[]],
    {},
    { a: 1 },
    () => "x",
    10n,
    Symbol("x"),
  ];
  test("each field, given what it can't be, is refused with its path", () => {
    let files = 0;
    for (const { path, get, key } of fieldsOf(goodFile())) {
      for (const value of wrong) {
        // No copies at all is a plan that databases may have.
        if (key === "copies" && Array.isArray(value) && value.length === 0) continue;
        // Whether a statement is one, and what it gives, only a database can tell.
        if (/\]\.(sql|expect)/.test(path)) continue;
        const message = refusal(
          broken((file) => {
            get(file)[key] = value;
          }),
        );
        files++;
        expect(mentions(message, path), `${path} = ${String(value)}: ${message}`).toBe(true);
      }
    }
    expect(files).toBeGreaterThanOrEqual(700);
  });

  test("each field that is owed and left out is refused with its path", () => {
    for (const { path, get, key } of fieldsOf(goodFile())) {
      if (optional.has(path) || isNamedByWriter(path)) continue;
      const message = refusal(
        broken((file) => {
          delete get(file)[key];
        }),
      );
      expect(mentions(message, path), `${path}: ${message}`).toBe(true);
    }
  });

  test("each field, spelt wrong, is refused with the wrong name and the right one", () => {
    for (const { path, get, key } of fieldsOf(goodFile())) {
      if (isNamedByWriter(path) || key === "kind") continue;
      const spelt = `${key}s`;
      const message = refusal(
        broken((file) => {
          const at = get(file);
          at[spelt] = at[key];
        }),
      );
      const wrongPath = `${path}s`;
      expect(names(message, wrongPath), message).toBe(true);
      expect(message).toContain(`write "${key}", or leave it out`);
    }
  });

  test("1,000 random ones, with one field made wrong in a random good file, are refused with its path", () => {
    const kinds: [
      path: (index: number) => string,
      change: (file: Breakable, index: number, junk: string) => void,
    ][] = [
      [() => "account", (file, _, junk) => set(file, "account", `${junk}1`)],
      [() => "primaryRegion", (file, _, junk) => set(file, "primaryRegion", `xx-${junk}`)],
      [() => "recoveryRegion", (file) => set(file, "recoveryRegion", file.primaryRegion)],
      [() => "name", (file, _, junk) => set(file, "name", `-${junk}`)],
      [() => "alerts.page[0].number", (file, _, junk) => set(file.alerts.page[0], "number", `0${junk}`)],
      [
        () => "alerts.page[1].address",
        (file, _, junk) => set(file.alerts.page[1], "address", `${junk}.example`),
      ],
      [
        (index) => `sources[${index}].name`,
        (file, index, junk) => set(file.sources[index], "name", `${junk}--x`),
      ],
      [
        (index) => `sources[${index}].plan`,
        (file, index, junk) => set(file.sources[index], "plan", `${junk}!`),
      ],
      [
        (index) => `sources[${index}].name`,
        (file, index) => set(file.sources[index], "name", file.sources[index === 0 ? 1 : 0].name),
      ],
      [(index) => `sources[${index}].zz`, (file, index, junk) => set(file.sources[index], "zz", junk)],
    ];
    fc.assert(
      fc.property(
        goodFiles,
        fc.constantFrom(...kinds),
        fc.nat(2),
        fc.stringMatching(/^[a-z!é ]{1,9}$/),
        (good, [path, change], index, junk) => {
          const file = structuredClone(good);
          change(file, index, junk);
          const message = refusal(file);
          const paths =
            path(index) === "sources[0].name" ? ["sources[0].name", "sources[1].name"] : [path(index)];
          expect(
            paths.some((one) => names(message, one)),
            message,
          ).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  function isNamedByWriter(path: string): boolean {
    return path.endsWith("]") || path === "plans.critical";
  }

  /** The path itself, or a field in it: what replaces a whole group is refused for what the group then lacks. */
  function mentions(message: string, path: string): boolean {
    return names(message, path) || message.includes(`${path}.`) || message.includes(`${path}[`);
  }

  function set(at: Breakable, key: string, value: unknown): void {
    at[key] = value;
  }
});
