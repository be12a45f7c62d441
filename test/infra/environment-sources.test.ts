import { mistakes } from "./mistakes.ts";

mistakes("sources", [
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
    "a cluster whose snapshots' identifiers would be too long",
    (file) => {
      delete file.plans.critical.drill;
      delete file.plans.critical.budget;
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
    "a database that is called like a drill's clone",
    (file) => {
      file.sources[0].instance = "prod-orders-drill-db";
    },
    'sources[0].instance (source "orders") is "prod-orders-drill-db", but what is called "prod-…-drill-…" is a drill\'s, which takes it away again; write a database with another name.',
  ],
  [
    "a heartbeat whose role's name would be too long",
    (file) => {
      file.sources[0].name = "o".repeat(31);
    },
    `sources[0].name (source "${"o".repeat(31)}") is "${"o".repeat(31)}", which makes its heartbeat's role 65 characters long where AWS allows 64; write a name of at most 30 characters.`,
  ],
  [
    "a source named as the account's findings are",
    (file) => {
      file.sources[0].name = "account";
    },
    'sources[0].name (source "account") is "account", which findings about the account itself use; write another name.',
  ],
]);
