import { existsSync, readFileSync } from "node:fs";
import { asProblem, Problem, problemCodes } from "../functions/core/problem.ts";
import { printable } from "../functions/core/text.ts";
import { type Command, environmentName, readArguments, regionsToAsk } from "./arguments.ts";
import type { Asker } from "./client.ts";
import { help } from "./help.ts";
import { type House, openHouse } from "./house.ts";
import { type Address, addressesIn, reachApi } from "./reach-api.ts";
import type { Io, Outcome, Verb } from "./verb.ts";
import { type Entry, ownOptions, verbs } from "./verbs.ts";

/** Where a run's output goes, and its machine. */
export type Machine = Omit<Io, "reach"> & {
  reach(): Promise<Io["reach"]>;
  out(text: string): void;
  err(text: string): void;
  variables: NodeJS.ProcessEnv;
  /** The API at a URL, for tests; absent: over HTTP with the SDK's credentials. */
  client?(url: string): Promise<Asker>;
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
  const api = verb.apiFor?.(command.options) === false ? undefined : verb.api;
  const known = addressesIn(machine.variables);
  if (api && known.length > 0 && !command.options.breakGlass) {
    const client = await reachApi(known, (one) => askerAt(one, machine), regionAsked(command, verb));
    return print(await api(command.args, client, command.options, io), command, machine);
  }
  const house = await openAround(command, name, machine, io);
  if (!api) {
    const run = verb.run as Verb;
    return print(await run(command.args, house, command.options, io), command, machine);
  }
  if (changesSomething(command, verb) && !command.options.breakGlass)
    tell("No API is known (HOLDFAST_API_URL): this is done on the vault itself, as with --break-glass.");
  const { inProcess } = await import("./client.ts");
  const client = inProcess(house, io);
  return print(await api(command.args, client, command.options, io), command, machine);
}

/** The environment as a vault tells it, without the API. */
function openAround({ options }: Command, name: string, machine: Machine, io: Io): Promise<House> {
  const regions = regionsToAsk(options, machine.variables);
  return openHouse({ name, regions, only: options.region !== undefined }, io.reach);
}

/** The region whose own API is meant; of verbs that say in their request where something is to happen, any will do. */
function regionAsked({ options }: Command, { anywhere }: Entry): string | undefined {
  return anywhere ? undefined : options.region;
}

function changesSomething({ options }: Command, { changes = false }: Entry): boolean {
  return changes && !options.dryRun && !options.report;
}

/** The API at an address, asked with the credentials that the SDK finds. Loaded late, like the rest of the SDK. */
async function askerAt({ url, region = "us-east-1" }: Address, machine: Machine): Promise<Asker> {
  if (machine.client) return machine.client(url);
  const [{ overHttp }, { STSClient }] = await Promise.all([
    import("./over-http.ts"),
    import("@aws-sdk/client-sts"),
  ]);
  const { credentials } = new STSClient({ region }).config;
  return overHttp({ url, region, credentials });
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
