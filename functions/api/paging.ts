import { Problem } from "../core/problem.ts";

/** How many items a page has unless its reader says. */
const usual = 50;

/** One page of a list that is in its order already. `next` is absent on the last. */
export type Page<T> = { items: T[]; next?: string };

/**
 * The page that a query asks for. A cursor names the last item that was seen, so that what is added or taken away
 * between two pages shifts nothing. `after`: whether an item comes after a name. Throws `Problem` invalid for a cursor
 * that nobody gave out.
 */
export function pageFrom<T>(
  items: readonly T[],
  { cursor, limit }: { cursor?: string | undefined; limit?: string | undefined },
  { nameOf, after }: { nameOf: (item: T) => string; after: (item: T, name: string) => boolean },
): Page<T> {
  const most = limit === undefined ? usual : Number(limit);
  const seen = cursor === undefined ? undefined : read(cursor);
  const rest = seen === undefined ? items : items.filter((item) => after(item, seen));
  const page = rest.slice(0, most);
  const last = page.at(-1);
  return {
    items: page,
    ...(rest.length > most && last !== undefined ? { next: write(nameOf(last)) } : {}),
  };
}

/** For lists in the order of the items' names, newest (greatest) first. */
export function byNameDown<T>(nameOf: (item: T) => string) {
  return { nameOf, after: (item: T, name: string) => nameOf(item) < name };
}

/** For lists in the order of the items' names. */
export function byNameUp<T>(nameOf: (item: T) => string) {
  return { nameOf, after: (item: T, name: string) => nameOf(item) > name };
}

function write(name: string): string {
  return Buffer.from(name).toString("base64url");
}

function read(cursor: string): string {
  const name = Buffer.from(cursor, "base64url").toString();
  if (name !== "" && write(name) === cursor) return name;
  throw new Problem(
    "invalid",
    "The cursor is none that this API gave out",
    "Take `next` of the page before.",
  );
}
