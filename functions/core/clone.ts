import type { Environment } from "./environment.ts";
import { tagNames } from "./provider.ts";

/** The tags of what a restore or a drill makes, beside `holdfast:environment`. */
export const cloneTagNames = {
  restore: "holdfast:restore",
  drill: "holdfast:drill",
  expiresAt: "holdfast:expires-at",
} as const;

/**
 * For whom something is made. While it carries `expiresAt` it is scratch: whoever made it may delete it, and the reaper
 * does once that instant is past. A restore takes that tag away when its work is to stay.
 */
export type Owner = {
  by: "restore" | "drill";
  /** The id of the restore or drill. */
  id: string;
  /** ISO-8601 UTC, to the second. */
  expiresAt: string;
};

type Named = Pick<Environment, "name">;

/** The tags of what is made for an owner. */
export function cloneTags({ name }: Named, { by, id, expiresAt }: Owner): Record<string, string> {
  return { [tagNames.environment]: name, [cloneTagNames[by]]: id, [cloneTagNames.expiresAt]: expiresAt };
}

/** Whether tags say that something was made for the owner, whatever became of it since. */
export function isMadeFor(
  { name }: Named,
  tags: Record<string, string>,
  owner: Omit<Owner, "expiresAt">,
): boolean {
  return tags[tagNames.environment] === name && tags[cloneTagNames[owner.by]] === owner.id;
}

/** Whose scratch something is, by its tags; undefined for all that is not ours or is there to stay. */
export function scratchOf({ name }: Named, tags: Record<string, string>): Owner | undefined {
  const expiresAt = tags[cloneTagNames.expiresAt];
  if (tags[tagNames.environment] !== name || !expiresAt || Number.isNaN(Date.parse(expiresAt)))
    return undefined;
  for (const by of ["restore", "drill"] as const) {
    const id = tags[cloneTagNames[by]];
    if (id) return { by, id, expiresAt };
  }
  return undefined;
}
