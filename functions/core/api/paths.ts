import type { Operation } from "./routes.ts";
import { routes } from "./routes.ts";

/**
 * The prefixes under which every route is served. `v1`: by IAM authorization, for the command line and automation.
 * `web/v1`: by a token of the environment's issuer, for the console and Prometheus.
 */
export const prefixes = { iam: "/v1", token: "/web/v1" } as const;

/** A route as API Gateway names it: "GET /v1/sources/{source}". */
export function routeKey(operation: Operation, prefix: keyof typeof prefixes): string {
  const { method, path } = routes[operation];
  return `${method} ${prefixes[prefix]}${path}`;
}

/** The operations by the names of their routes, under either prefix. */
export const operationsByRoute: ReadonlyMap<string, Operation> = new Map(
  (Object.keys(routes) as Operation[]).flatMap((operation) =>
    (Object.keys(prefixes) as (keyof typeof prefixes)[]).map(
      (prefix) => [routeKey(operation, prefix), operation] as const,
    ),
  ),
);
