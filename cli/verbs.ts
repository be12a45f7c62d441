import { alertsList } from "./alerts.ts";
import { alertsAck } from "./alerts-ack.ts";
import { alertsTest } from "./alerts-test.ts";
import { approve } from "./approve.ts";
import { restoreOptionNames } from "./arguments.ts";
import { audit, auditVerify } from "./audit.ts";
import { backup } from "./backup.ts";
import { certificate, verifyFile } from "./certificate.ts";
import { drill } from "./drill.ts";
import { explain } from "./explain.ts";
import { hold, release } from "./hold.ts";
import { points } from "./points.ts";
import { prune } from "./prune.ts";
import { restore, restoreHere, restoreOwn } from "./restore.ts";
import { restoreCancel, restoreStatus, restoreUndo } from "./restore-manage.ts";
import { pause, resume, schedules } from "./schedules.ts";
import { status } from "./status.ts";
import type { ApiVerb, LocalVerb, Options, Verb } from "./verb.ts";
import { verify } from "./verify.ts";

/** A verb with the arguments it takes, a last one in brackets if it may be left out, and the options that are its own. */
export type Entry = {
  /** Out of the vaults alone, where that is what it is about. */
  run?: Verb;
  /** Through the API, over HTTP or in this process. */
  api?: ApiVerb;
  /** For which options, where it is not for all. */
  apiFor?: (options: Options) => boolean;
  takes: string[];
  own?: (keyof Options)[];
  /** Whether any region's API can answer it: where it is to happen is said in the request. */
  anywhere?: boolean;
  /** Whether it changes something, where the options do not say otherwise. */
  changes?: boolean;
  /** What it does without any argument, on this machine alone. */
  alone?: LocalVerb;
};

/** Every verb of the command. */
export const verbs: Record<string, Entry> = {
  status: { api: status, takes: [] },
  points: { api: points, takes: ["<source>"] },
  backup: { api: backup, takes: ["<source>"], changes: true },
  verify: { api: verify, takes: ["<source>", "<point or key>"], anywhere: true },
  prune: { api: prune, takes: ["[<source>]"], own: ["dryRun"], anywhere: true, changes: true },
  hold: { api: hold, takes: ["<source>", "<point>"], own: ["reason"], changes: true },
  release: { api: release, takes: ["<source>", "<point>"], own: ["reason", "hold"], changes: true },
  drill: { api: drill, takes: ["<source>"], own: ["report", "file", "point"], changes: true },
  certificate: {
    api: certificate,
    takes: ["[<source>]", "[<drill>]"],
    own: ["verify", "file", "key"],
    alone: verifyFile,
  },
  explain: { api: explain, takes: ["<plan>"] },
  restore: {
    api: restore,
    run: restoreHere,
    apiFor: ({ to }) => to === undefined,
    takes: ["<source>"],
    own: ["dryRun", ...restoreOwn],
    anywhere: true,
    changes: true,
  },
  "restore status": { api: restoreStatus, takes: ["<restore>"], anywhere: true },
  "restore cancel": { api: restoreCancel, takes: ["<restore>"], anywhere: true, changes: true },
  "restore undo": { api: restoreUndo, takes: ["<restore>"], anywhere: true, changes: true },
  "alerts ack": { api: alertsAck, takes: ["<code or alert>"], changes: true },
  "alerts test": { api: alertsTest, takes: [], anywhere: true, changes: true },
  approve: { api: approve, takes: ["<restore>"], own: ["refuse"], anywhere: true, changes: true },
  alerts: { api: alertsList, takes: [] },
  "alerts list": { api: alertsList, takes: [] },
  schedules: { api: schedules, takes: [] },
  pause: { api: pause, takes: ["<source>"], own: ["duration", "reason"], changes: true },
  resume: { api: resume, takes: ["<source>"], changes: true },
  audit: { api: audit, takes: [], anywhere: true },
  "audit verify": { run: auditVerify, takes: [] },
};

/** The options that only some verbs take: given to another one they would be passed over in silence. */
export const ownOptions = {
  dryRun: "--dry-run",
  reason: "--reason",
  hold: "--hold",
  report: "--report",
  verify: "--verify",
  file: "--file",
  key: "--key",
  duration: "--for",
  ...restoreOptionNames,
} as const;
