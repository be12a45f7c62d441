import { readdirSync } from "node:fs";
import type { Environment } from "../functions/core/environment.ts";
import { Problem } from "../functions/core/problem.ts";
import { nearest } from "./mistake.ts";

const folder = new URL("environments/", import.meta.url);

/** The names of the environments that have a file. */
export function environmentNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .sort();
}

/**
 * The environment that `-c env=<name>` asks for. Throws `Problem`: not-found, with the names that exist, where the
 * name is missing or unknown; invalid where the file is refused.
 */
export async function loadEnvironment(name: string | undefined): Promise<Environment> {
  const names = environmentNames();
  const list = names.join(", ");
  if (!name) {
    throw new Problem("not-found", "No environment was named", `Write -c env=<name>, one of: ${list}.`);
  }
  if (!names.includes(name)) {
    const meant = nearest(name, names);
    const fix = `Write -c env=${meant ? JSON.parse(meant) : "<name>"}; there are: ${list}.`;
    throw new Problem("not-found", `There is no environment "${name}"`, fix);
  }
  const { default: environment } = (await import(new URL(`${name}.ts`, folder).href)) as {
    default: Environment;
  };
  if (environment.name !== name) {
    // Two files with one name would deploy over each other.
    throw new Problem(
      "invalid",
      `The environment file is refused: name is "${environment.name}" in infra/environments/${name}.ts; write "${name}"`,
      "An environment has the name of its file.",
    );
  }
  return environment;
}
