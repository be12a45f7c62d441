import { existsSync, readFileSync } from "node:fs";
import { asProblem, Problem, problemCodes } from "../functions/core/problem.ts";
import { printable } from "../functions/core/text.ts";
import { acknowledgeByApi, alertsList } from "./alerts.ts";
import { alertsAck } from "./alerts-ack.ts";
import { alertsTest } from "./alerts-test.ts";
import { approve } from "./approve.ts";
import {
  type Command,
  environmentName,
  readArguments,
  regionsToAsk,
  restoreOptionNames,
} from "./arguments.ts";
import { audit, auditVerify } from "./audit.ts";
import { backup } from "./backup.ts";
import { certificate, verifyFile } from "./certificate.ts";
import type { Client } from "./client.ts";
import { drill } from "./drill.ts";
import { explain } from "./explain.ts";
import { help } from "./help.ts";
import { hold, release } from "./hold.ts";
import { type House, openHouse } from "./house.ts";
import { points } from "./points.ts";
import { prune } from "./prune.ts";
import { restore, restoreOwn } from "./restore.ts";
import { restoreCancel, restoreStatus, restoreUndo } from "./restore-manage.ts";
import { pause, resume, schedules } from "./schedules.ts";
import { status } from "./status.ts";
import type { ApiVerb, Io, LocalVerb, Options, Outcome, Verb } from "./verb.ts";
import { verify } from "./verify.ts";

/** A verb with the arguments it takes, a last one in brackets if it may be left out, and the options that are its own. */
type Entry = {
  /** From a vault and credentials alone; of a verb that is only the API's, without one. */
  run?: Verb;
  /** Through the API, over HTTP or in this process. */
  api?: ApiVerb;
  /** For which arguments, where it is not for all. */
  apiFor?: (args: string[]) => boolean;
  takes: string[];
  own?: (keyof Options)[];
  /** What it does without any argument, on this machine alone. */
  alone?: LocalVerb;
};

const verbs: Record<string, Entry> = {
  status: { run: status, takes: [] },
  points: { run: points, takes: ["<source>"] },
  backup: { run: backup, takes: ["<source>"] },
  verify: { run: verify, takes: ["<source>", "<point or key>"] },
  prune: { run: prune, takes: ["[<source>]"], own: ["dryRun"] },
  hold: { run: hold, takes: ["<source>", "<point>"], own: ["reason"] },
  release: { run: release, takes: ["<source>", "<point>"], own: ["reason", "hold"] },
  drill: { run: drill, takes: ["<source>"], own: ["report", "file", "point"] },
  certificate: {
    run: certificate,
    takes: ["[<source>]", "[<drill>]"],
    own: ["verify", "file", "key"],
    alone: verifyFile,
  },
  explain: { run: explain, takes: ["<plan>"] },
  restore: { run: restore, takes: ["<source>"], own: ["dryRun", ...restoreOwn] },
  "restore status": { run: restoreStatus, takes: ["<restore>"] },
  "restore cancel": { run: restoreCancel, takes: ["<restore>"] },
  "restore undo": { run: restoreUndo, takes: ["<restore>"] },
  // A code says what it stands for only to who reads the vault.
  "alerts ack": {
    run: alertsAck,
    api: acknowledgeByApi,
    apiFor: ([what = ""]) => what.includes("@"),
    takes: ["<code or alert>"],
  },
  "alerts test": { run: alertsTest, takes: [] },
  approve: { run: approve, takes: ["<restore>"], own: ["refuse"] },
  alerts: { api: alertsList, takes: [] },
  "alerts list": { api: alertsList, takes: [] },
  schedules: { api: schedules, takes: [] },
  pause: { api: pause, takes: ["<source>"], own: ["duration", "reason"] },
  resume: { api: resume, takes: ["<source>"] },
  audit: { api: audit, takes: [] },
  "audit verify": { run: auditVerify, takes: [] },
};

/** Verbs that change something without the API: that somebody ran them is in the audit log too. */
const changing = new Set([
  ...["backup", "verify", "prune", "hold", "release", "drill", "approve"],
  ...["restore", "restore cancel", "restore undo"],
]);

/** The options that only some verbs take: given to another one they would be passed over in silence. */
const ownOptions = {
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

/** Where a run's output goes, and its machine. */
export type Machine = Omit<Io, "reach"> & {
  reach(): Promise<Io["reach"]>;
  out(text: string): void;
  err(text: string): void;
  variables: NodeJS.ProcessEnv;
  /** The API at a URL, for tests; absent: over HTTP with the SDK's credentials. */
  client?(url: string): Promise<Client>;
  /** Where `<environment>.env` files are. */
  folder: string;
};

/** Runs one command line; gives its exit code. */
export async function run(argv: string[], machine: Machine): Promise<number> {
  try {
    return await attempt(argv, machine);
  } catch (thrown) {
    const { code, message, fix } = asProblem(thrown);
    const error = { code, message, fix, runbook: `docs/runbook.md#${problemCodes[code].runbook}` };
    machine.err(
      argv.includes("--json")
        ? `${JSON.stringify({ error })}\n`
        : `${printable(`holdfast: ${message}.`)}\n  ${printable(fix)}\n`,
    );
    return problemCodes[code].exitCode;
  }
}

async function attempt(argv: string[], machine: Machine): Promise<number> {
  const command = joined(readArguments(argv));
  if (command.help || command.version || command.verb === "") {
    machine.out(command.version ? `${version()}\n` : help);
    return command.help || command.version ? 0 : problemCodes.invalid.exitCode;
  }
  const verb = Object.hasOwn(verbs, command.verb) ? verbs[command.verb] : undefined;
  if (!verb) {
    const known = Object.keys(verbs).join(", ");
    throw new Problem("invalid", `"${command.verb}" is no verb of holdfast`, `There are: ${known}.`);
  }
  holdToUsage(command, verb);
  if (verb.alone && command.args.length === 0)
    return print(await verb.alone(command.options), command, machine);
  const name = environmentName(command.env, machine.variables, machine.folder);
  const file = `${machine.folder}/${name}.env`;
  if (existsSync(file)) process.loadEnvFile(file);
  const tell = (line: string) => machine.tell(printable(line));
  const io = { ...machine, tell, reach: await machine.reach() };
  const url = machine.variables.HOLDFAST_API_URL;
  const forApi = verb.apiFor?.(command.args) ?? true;
  if (verb.api && forApi && url && !command.options.breakGlass) {
    const client = (await machine.client?.(url)) ?? (await signedClient(url, machine.variables));
    return print(await verb.api(command.args, client, command.options, io), command, machine);
  }
  const regions = regionsToAsk(command.options, machine.variables);
  const only = command.options.region !== undefined;
  const house = await openHouse({ name, regions, only }, io.reach);
  if (verb.api && !verb.run) {
    const { inProcess } = await import("./client.ts");
    const client = inProcess(house, io.reach);
    return print(await verb.api(command.args, client, command.options, io), command, machine);
  }
  await leaveTrace(command, house, tell);
  const run = verb.run as Verb;
  return print(await run(command.args, house, command.options, io), command, machine);
}

/** The API at a URL, asked with the credentials that the SDK finds. Loaded late, like the rest of the SDK. */
async function signedClient(url: string, variables: NodeJS.ProcessEnv): Promise<Client> {
  const [{ overHttp }, { STSClient }] = await Promise.all([
    import("./over-http.ts"),
    import("@aws-sdk/client-sts"),
  ]);
  const [, of] = /\.execute-api\.([a-z0-9-]+)\./.exec(url) ?? [];
  const region = variables.HOLDFAST_API_REGION ?? of ?? variables.AWS_REGION ?? "us-east-1";
  const { credentials } = new STSClient({ region }).config;
  return overHttp({ url, region, credentials });
}

/** Writes into the audit log that somebody goes around the API. That it cannot be written stops nobody who must act. */
async function leaveTrace(
  { verb, args, options }: Command,
  house: House,
  tell: (line: string) => void,
): Promise<void> {
  if (!changing.has(verb) || options.dryRun || options.report || options.to !== undefined) return;
  try {
    const { traceOf } = await import("./trace.ts");
    await traceOf(verb, args, house);
  } catch (thrown) {
    tell(`That you did this could not be written into the audit log: ${asProblem(thrown).message}.`);
  }
}

function print({ json, text, exitCode }: Outcome, command: Command, machine: Machine): number {
  machine.out(command.json ? `${JSON.stringify(json, null, 2)}\n` : `${text.map(printable).join("\n")}\n`);
  return exitCode;
}

/** A verb may be of two words: "restore undo". A source of such a name is still meant by `restore <source>`. */
function joined(command: Command): Command {
  const [first = "", ...args] = command.args;
  if (command.verb === "audit" && command.options.verify)
    return { ...command, verb: "audit verify", options: { ...command.options, verify: false } };
  const verb = `${command.verb} ${first}`;
  const takes = Object.hasOwn(verbs, command.verb) ? verbs[command.verb]?.takes : [];
  const meant = args.length > 0 || takes?.length === 0;
  return meant && Object.hasOwn(verbs, verb) ? { ...command, verb, args } : command;
}

function holdToUsage({ verb, args, options }: Command, { takes, own = [] }: Entry): void {
  const usage = `Write: ${["holdfast", verb, ...takes].join(" ")}`;
  const least = takes.filter((what) => !what.startsWith("[")).length;
  if (args.length < least || args.length > takes.length) {
    const many = least === takes.length ? `${least}` : `${least} to ${takes.length}`;
    throw new Problem("invalid", `${verb} takes ${many} argument(s)`, usage);
  }
  for (const [option, name] of Object.entries(ownOptions) as [keyof typeof ownOptions, string][]) {
    const given = options[option] !== undefined && options[option] !== false;
    if (given && !own.includes(option)) throw new Problem("invalid", `${verb} takes no ${name}`, usage);
  }
}

function version(): string {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}
