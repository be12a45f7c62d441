import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseDuration } from "../functions/core/duration.ts";
import { Problem } from "../functions/core/problem.ts";
import type { Options, RestoreOptions } from "./verb.ts";

/** A command line, read. */
export type Command = {
  verb: string;
  args: string[];
  env?: string;
  json: boolean;
  help: boolean;
  version: boolean;
  options: Options;
};

/** Reads a command line. Throws `Problem` invalid for what is no option. */
export function readArguments(argv: string[]): Command {
  const { values, positionals } = parsed(argv);
  const [verb = "", ...args] = positionals;
  return {
    verb,
    args,
    ...(values.env === undefined ? {} : { env: values.env }),
    json: values.json ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
    options: {
      wait: !values["no-wait"],
      timeoutSeconds: parseDuration(values.timeout ?? "2h"),
      dryRun: values["dry-run"] ?? false,
      report: values.report ?? false,
      verify: values.verify ?? false,
      breakGlass: values["break-glass"] ?? false,
      ...(values.for === undefined ? {} : { duration: values.for }),
      ...(values.region === undefined ? {} : { region: values.region }),
      ...(values.reason === undefined ? {} : { reason: values.reason }),
      ...(values.hold === undefined ? {} : { hold: values.hold }),
      ...(values.file === undefined ? {} : { file: values.file }),
      ...(values.key === undefined ? {} : { key: values.key }),
      ...restoreOptions(values),
    },
  };
}

/** Options that only restores and approvals take, as parseArgs wants them. */
const restoreFlags = {
  latest: { type: "boolean" },
  point: { type: "string" },
  "to-time": { type: "string" },
  as: { type: "string" },
  prefix: { type: "string" },
  keys: { type: "string" },
  replace: { type: "boolean" },
  "skip-prebackup": { type: "boolean" },
  confirm: { type: "string" },
  "subnet-group": { type: "string" },
  "security-group": { type: "string", multiple: true },
  class: { type: "string" },
  hydrate: { type: "boolean" },
  deletions: { type: "boolean" },
  overwrite: { type: "boolean" },
  to: { type: "string" },
  refuse: { type: "string" },
} as const;

/** The same by the names that they have here: "to-time" as toTime. */
function restoreOptions(values: Record<string, unknown>): RestoreOptions {
  const camel = (flag: string) => flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const given = Object.keys(restoreFlags).filter((flag) => values[flag] !== undefined);
  return Object.fromEntries(given.map((flag) => [camel(flag), values[flag]]));
}

/** Each option of restores with how it is written. */
export const restoreOptionNames = Object.fromEntries(
  Object.keys(restoreFlags).map((flag) => [
    flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    `--${flag}`,
  ]),
) as Record<keyof RestoreOptions, string>;

function parsed(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        env: { type: "string" },
        region: { type: "string" },
        timeout: { type: "string" },
        "no-wait": { type: "boolean" },
        "dry-run": { type: "boolean" },
        reason: { type: "string" },
        hold: { type: "string" },
        report: { type: "boolean" },
        verify: { type: "boolean" },
        file: { type: "string" },
        key: { type: "string" },
        for: { type: "string" },
        "break-glass": { type: "boolean" },
        ...restoreFlags,
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
    });
  } catch (thrown) {
    const message = thrown instanceof Error ? (thrown.message.split(". ")[0] ?? "") : String(thrown);
    throw new Problem("invalid", message, "See: holdfast --help", thrown);
  }
}

/** The environment that is meant. Throws `Problem` invalid where that is not clear. */
export function environmentName(
  given: string | undefined,
  variables: NodeJS.ProcessEnv,
  folder: string,
): string {
  const files = environmentFiles(folder);
  const name = given ?? variables.HOLDFAST_ENV ?? (files.length === 1 ? files[0] : undefined);
  if (name && /^[a-z][a-z0-9-]*$/.test(name)) return name;
  const known = files.length > 0 ? ` (there are files for ${files.join(", ")})` : "";
  throw new Problem(
    "invalid",
    name
      ? `"${name}" is not the name of an environment`
      : `It is not clear which environment is meant${known}`,
    "Write --env <name>, or set HOLDFAST_ENV.",
  );
}

/** The regions to ask, in order. */
export function regionsToAsk({ region }: Options, variables: NodeJS.ProcessEnv): string[] {
  const listed = variables.HOLDFAST_REGIONS?.split(",").map((one) => one.trim());
  const one = variables.AWS_REGION ?? variables.AWS_DEFAULT_REGION;
  const regions = region ? [region] : (listed ?? (one ? [one] : []));
  return regions.filter((each) => each !== "");
}

function environmentFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(".env"))
      .map((file) => file.slice(0, -4));
  } catch {
    return [];
  }
}
