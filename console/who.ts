import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ConsoleConfig } from "../functions/core/api/console.ts";
import type { Answer } from "../functions/core/api/routes.ts";
import { roleOf, type Taken } from "./routes.ts";
import { whyNotAs } from "./standing.ts";

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

/** Why the one who is signed in may not take a route; undefined if they may. The API decides again. */
export function whyNot(operation: Taken, { me }: Here): string | undefined {
  return whyNotAs(me.role, roleOf(operation));
}
