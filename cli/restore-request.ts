import { readFileSync } from "node:fs";
import { Problem } from "../functions/core/problem.ts";
import { type RestoreRequest, restoreId, type Selection, type Wanted } from "../functions/core/restore.ts";
import { pointIdPattern } from "../functions/core/slot.ts";
import { identifierOf, type Source } from "../functions/core/source.ts";
import type { Options } from "./verb.ts";

/** More keys than this are a prefix, or everything. */
const maxKeys = 1_000;

/** What the command line asks for, as a request. Throws `Problem` invalid with what to write instead. */
export function requestOf(source: Source, options: Options, now: Date): RestoreRequest {
  const select = selectionOf(options);
  return {
    id: restoreId(source.name, now),
    source: source.name,
    wanted: wantedOf(source, options),
    ...given({ as: options.as, subnetGroup: options.subnetGroup, instanceClass: options.class }),
    ...given({ securityGroupIds: options.securityGroup, select, hydrate: options.hydrate }),
    ...given({ deletions: options.deletions, overwrite: options.overwrite }),
    ...replacing(source, options),
  };
}

function wantedOf({ name }: Source, { latest, point, toTime }: Options): Wanted {
  const said = [latest, point, toTime].filter((one) => one !== undefined);
  if (said.length !== 1) {
    throw new Problem(
      "invalid",
      said.length === 0 ? "It is not said what is to come back" : "Only one moment can come back",
      "Write --latest, --point <point> or --to-time <instant>.",
    );
  }
  if (latest) return { which: "latest" };
  if (point !== undefined) {
    if (pointIdPattern.test(point)) return { which: "point", point };
    throw new Problem("invalid", `"${point}" is no point`, `Choose one of: holdfast points ${name}`);
  }
  if (toTime === "latest") return { which: "time", at: "latest" };
  const ms = Date.parse(toTime ?? "");
  // Without a zone it would be the time of wherever this runs.
  if (/T.*(Z|[+-]\d\d:\d\d)$/.test(toTime ?? "") && !Number.isNaN(ms))
    return { which: "time", at: new Date(ms).toISOString() };
  const fix = "Write it with its zone, like 2026-11-21T03:00:00Z; or latest.";
  throw new Problem("invalid", `"${toTime}" is not an instant`, fix);
}

function selectionOf({ prefix, keys }: Options): Selection | undefined {
  if (prefix !== undefined && keys !== undefined)
    throw new Problem("invalid", "A prefix and a list of keys do not go together", "Write one of them.");
  if (prefix !== undefined) return { prefix };
  if (keys === undefined) return undefined;
  const list = keys.startsWith("@") ? linesOf(keys.slice(1)) : keys.split(",").filter((key) => key !== "");
  if (list.length > 0 && list.length <= maxKeys) return { keys: list };
  throw new Problem(
    "invalid",
    `${list.length} keys were given`,
    `Write 1 to ${maxKeys}, as --keys a,b or --keys @<file with a key on each line>; or a --prefix.`,
  );
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8")
      .split(/\r?\n/)
      .filter((line) => line !== "");
  } catch (thrown) {
    throw new Problem("invalid", `The file "${file}" cannot be read`, "Give one that can.", thrown);
  }
}

/** To go without a fresh point is said twice: the database is named. */
function replacing(source: Source, options: Options): Pick<RestoreRequest, "replace"> {
  const { replace, skipPrebackup, confirm, as } = options;
  if (!replace) {
    if (!skipPrebackup && confirm === undefined) return {};
    const fix = "Write --replace, or leave these out.";
    throw new Problem("invalid", "--skip-prebackup and --confirm belong to --replace", fix);
  }
  const target = as ?? identifierOf(source);
  if (skipPrebackup && confirm !== target) {
    throw new Problem(
      "invalid",
      `Without a fresh point, what was written into ${target} since its last one is in no backup`,
      `If that is right, write --skip-prebackup --confirm ${target}.`,
    );
  }
  return { replace: { prebackup: !skipPrebackup } };
}

function given<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: NonNullable<T[K]> };
}
