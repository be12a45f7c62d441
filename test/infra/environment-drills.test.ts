import { mistakes } from "./mistakes.ts";

mistakes("drills and checks", [
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
    "checks that no drill would ask",
    (file) => {
      delete file.plans.critical.drill;
      delete file.plans.critical.budget;
    },
    'sources[0].checks (source "orders") is [{"sql":"SELECT id, note FROM orders","expect":[[1,"first"]],"database":"shop"}], but its plan "critical" has no drill that would ask; write drill: { every: "7d" } in the plan.',
  ],
  [
    "a heartbeat with a secret of another region",
    (file) => {
      file.sources[0].heartbeat.secretArn =
        "arn:aws:secretsmanager:eu-central-1:111122223333:secret:beat-AbCdEf";
    },
    'sources[0].heartbeat.secretArn (source "orders") is "arn:aws:secretsmanager:eu-central-1:111122223333:secret:beat-AbCdEf", not a secret of this account in the primary region, where the database is; write an ARN that begins with "arn:aws:secretsmanager:eu-west-1:111122223333:secret:".',
  ],
]);
