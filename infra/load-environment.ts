import { readdirSync } from "node:fs";
import type { Environment } from "../functions/core/environment.ts";
import { Problem } from "../functions/core/problem.ts";
import { nearest } from "./mistake.ts";

const folder = new URL("environments/", import.meta.url);

/** The names of the environments that have a file. */
export function environmentNames(from = folder): string[] {
  return readdirSync(from)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .sort();
}

/**
 * The environment that `-c env=<name>` asks for. Throws `Problem`: not-found, with the names that exist, where the
 * name is missing or unknown; invalid where the file is refused.
 */
export async function loadEnvironment(name: string | undefined, from = folder): Promise<Environment> {
  const names = environmentNames(from);
  const list = names.join(", ");
  if (!name) {
    throw new Problem("not-found", "No environment was named", `Write -c env=<name>, one of: ${list}.`);
  }
  if (!names.includes(name)) {
    const meant = nearest(name, names);
    const fix = `Write -c env=${meant ? JSON.parse(meant) : "<name>"}; there are: ${list}.`;
    throw new Problem("not-found", `There is no environment "${name}"`, fix);
  }
  const environment = await read(name, from);
  if (environment.name !== name) {
    // Two files with one name would deploy over each other.
    throw new Problem(
      "invalid",
      `The environment file is refused: name is "${environment.name}" in infra/environments/${name}.ts; write "${name}"`,
      "An environment has the name of its file.",
    );
  }
  for (const other of names.filter((one) => overlap(one, name)))
    refuseOverlap(environment, await read(other, from));
  return environment;
}

async function read(name: string, from: URL): Promise<Environment> {
  const file = (await import(new URL(`${name}.ts`, from).href)) as { default: Environment };
  return file.default;
}

/** Whether what is called after the one may be taken for what is called after the other. */
function overlap(one: string, other: string): boolean {
  return one.startsWith(`${other}-`) || other.startsWith(`${one}-`);
}

/**
 * Everything is called `holdfast-<environment>-…`, snapshots `<environment>-<source>-…`, and so are the patterns of rights
 * and of rules: those of "prod" would take in all of "prod-x", and its source "x-orders" the snapshots of the other's "orders".
 */
function refuseOverlap({ name, account }: Environment, other: Environment): void {
  if (other.account !== account) return;
  const [short = "", long = ""] = [name, other.name].sort((a, b) => a.length - b.length);
  throw new Problem(
    "invalid",
    `The environment file is refused: name is "${name}", and "${other.name}" is in the account ${account} too, so that ` +
      `either's rights and alarms for holdfast-${short}-… would hold for both; write "${long.replaceAll("-", "")}" for "${long}", or give it an account of its own`,
    "Neither name may begin with the other's and a hyphen.",
  );
}
