import { mistakes } from "./mistakes.ts";

mistakes("plans", [
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
    "a budget of all the time that there is",
    (file) => {
      file.plans.critical.budget.rpo = "30d";
    },
    'plans.critical.budget.rpo is "30d", but it is told how long of 30 days a source may be out of it; write less than 30 days, like "12h".',
  ],
  [
    "a budget of an RTO that nothing measures",
    (file) => {
      delete file.plans.critical.rto;
    },
    'plans.critical.budget.rto is "2d", but nothing measures an RTO in this plan; write "rto" and "drill" in the plan, or leave it out.',
  ],
  [
    "a budget of nothing",
    (file) => {
      file.plans.critical.budget = {};
    },
    'plans.critical.budget is {}, which says nothing; write { rpo: "12h" }, or leave it out.',
  ],
  [
    "an issuer that is reached without TLS",
    (file) => {
      file.signIn.issuer = "http://acme.okta.com";
    },
    'signIn.issuer is "http://acme.okta.com"; write an issuer of OpenID Connect, like "https://acme.okta.com/oauth2/default".',
  ],
  [
    "scopes without the one that makes it a sign-in",
    (file) => {
      file.signIn.scope = "email";
    },
    'signIn.scope is "email"; write scopes with "openid" first, like "openid email".',
  ],
  [
    "a vault of no size",
    (file) => {
      file.storage.budgetGiB = 0;
    },
    "storage.budgetGiB is 0; write a whole number of GiB from 1, like 500.",
  ],
  [
    "a plan that no source uses",
    (file) => {
      file.plans.spare = { every: "1d", rpo: "2d", keep: { daily: 7 } };
    },
    'plans.spare is {"every":"1d","rpo":"2d","keep":{"daily":7}}, which no source uses; write plan: "spare" in a source, or leave the plan out.',
  ],
  [
    "a database's schedule under the possible minimum",
    (file) => {
      file.plans.critical.every = "10m";
    },
    'plans.critical.every is "10m", but "orders" is a database, which takes one snapshot at a time and minutes for each; write "15m" or more.',
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
]);
