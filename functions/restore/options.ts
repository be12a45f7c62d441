import type { OptionContents } from "../core/context.ts";
import { Problem } from "../core/problem.ts";
import { appended, restoreStamp } from "../core/restore.ts";
import type { DatabaseView } from "./database-view.ts";

/** An option group that a restored instance gets: `make` says that it is not here with these options yet. */
export type NeededOptions = { name: string; make?: OptionContents };

type One = OptionContents["options"][number];

/**
 * Decides which option group a restored instance gets: that of its source where this region has it as it was, else one of
 * its own. `securityGroupIds`: what options with a port get in a region where those of then do not exist. Throws `Problem`
 * where RDS would restore the database with no group that can be made here.
 */
export function neededOptions(
  view: DatabaseView,
  securityGroupIds: readonly string[],
): { options?: NeededOptions; notes: string[] } {
  const { region, optionsHere: here } = view;
  const { optionGroup: name, options: then } = view.context?.context ?? {};
  if (name === undefined) return { notes: [] };
  // AWS's own are in every region, and cannot always be described before their first use.
  if (name.startsWith("default:")) return { options: { name }, notes: [] };
  if (!then) {
    if (here) return { options: { name }, notes: [] };
    return { notes: [`The option group ${name} does not exist in ${region}: it gets the default one.`] };
  }
  const home = view.context?.region === region;
  if (here && sameOptions(here.contents, then, home)) return { options: { name }, notes: [] };
  const unmade = then.options.filter((one) => !canBeMade(one));
  const notes = unmade.map(
    (one) => `The option ${one.name} of ${name} is left out: RDS does not tell all that was set in it.`,
  );
  const staying = unmade.find(({ stays }) => stays);
  if (staying) {
    // A group that has it serves, whatever else is in it; without it RDS refuses the restore.
    if (here?.contents.options.some((one) => one.name === staying.name))
      return { options: { name }, notes: [`${name} has other options now, and is used as it is.`] };
    throw new Problem(
      "invalid",
      `RDS restores ${view.from} only with the option ${staying.name}, and the option group ${name} that has it is not in ${region}`,
      `Make the option group ${name} there, with that option.`,
    );
  }
  if (here) notes.push(`${name} has other options now: those of then are in a group of its own.`);
  const placed = then.options
    .filter(canBeMade)
    .map((one) =>
      home || one.securityGroupIds.length === 0 ? one : { ...one, securityGroupIds: [...securityGroupIds] },
    );
  const made = here ? appended(name, restoreStamp(view.request.id)) : name;
  return { options: { name: made, make: { ...then, options: placed } }, notes };
}

/** Passwords are not told by RDS, and roles may not be passed on by a restore. */
function canBeMade({ hidden, settings }: One): boolean {
  return hidden.length === 0 && !Object.values(settings).some((value) => /^arn:[^:]+:iam:/.test(value));
}

function sameOptions(a: OptionContents, b: OptionContents, home: boolean): boolean {
  const plain = ({ engine, majorVersion, options }: OptionContents) =>
    JSON.stringify([engine, majorVersion, options.map((one) => plainOption(one, home))]);
  return plain(a) === plain(b);
}

function plainOption({ name, version, port, settings, securityGroupIds }: One, home: boolean) {
  const set = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  return [name, version ?? "", port ?? 0, set, home ? [...securityGroupIds].sort() : []];
}
