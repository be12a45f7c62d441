import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ConsoleConfig } from "../functions/core/api/console.ts";
import type { Role } from "../functions/core/api/route.ts";
import type { Answer } from "../functions/core/api/routes.ts";
import { roleOf, type Taken } from "./routes.ts";

/** Who is signed in, and to what. */
export type Here = { config: ConsoleConfig; me: Answer<"whoAmI"> };

/** Who is signed in, for everything on a page. */
export const HereContext = createContext<Here | undefined>(undefined);

/** Who is signed in. */
export function useHere(): Here {
  const here = useContext(HereContext);
  if (!here) throw new Error("nobody is signed in");
  return here;
}

const rank: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Why the one who is signed in may not take a route; undefined if they may. The API decides again. */
export function whyNot(operation: Taken, { me }: Here): string | undefined {
  const needs = roleOf(operation);
  return rank[me.role] >= rank[needs] ? undefined : `Needs the role ${needs}; you are ${me.role}.`;
}
