import type * as z from "zod/mini";
import { alertRoutes } from "./alerts.ts";
import { recoveryRoutes } from "./recovery.ts";
import { sourceRoutes } from "./sources.ts";
import { upkeepRoutes } from "./upkeep.ts";

/**
 * Every route of the API, by operation id: the one table that roles, requests, answers, the OpenAPI document, the
 * deployed routes, the CLI and the console come from.
 */
export const routes = { ...sourceRoutes, ...upkeepRoutes, ...recoveryRoutes, ...alertRoutes } as const;

/** The name of a route. */
export type Operation = keyof typeof routes;

/** What goes into a route: its path's parameters, its query and its body, as its schemas give them. */
export type Input<O extends Operation> = {
  params: z.infer<(typeof routes)[O]["params"]>;
  query: z.infer<(typeof routes)[O]["query"]>;
  body: z.infer<(typeof routes)[O]["body"]>;
};

/** What a route answers. */
export type Answer<O extends Operation> = z.infer<(typeof routes)[O]["answer"]>;
