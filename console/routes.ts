import type { Role } from "../functions/core/api/route.ts";
import type { routes as contract, Operation } from "../functions/core/api/routes.ts";

/** A route of the contract without its schemas, which would be half of the console's script. */
type Line<O extends Operation> = readonly [
  (typeof contract)[O]["method"],
  (typeof contract)[O]["path"],
  (typeof contract)[O]["role"],
];

/** Method, path and role of each route that the console takes. That they are the contract's is held by their types. */
export const routes = {
  whoAmI: ["GET", "/me", "viewer"],
  getStatus: ["GET", "/status", "viewer"],
  listSources: ["GET", "/sources", "viewer"],
  getSource: ["GET", "/sources/{source}", "viewer"],
  listPoints: ["GET", "/sources/{source}/points", "viewer"],
  getPoint: ["GET", "/sources/{source}/points/{point}", "viewer"],
  createPoint: ["POST", "/sources/{source}/points", "operator"],
  verifyPoint: ["POST", "/sources/{source}/points/{point}/verify", "operator"],
  deletePoint: ["POST", "/sources/{source}/points/{point}/delete", "admin"],
  holdPoint: ["POST", "/sources/{source}/points/{point}/hold", "operator"],
  releasePoint: ["POST", "/sources/{source}/points/{point}/release", "admin"],
  listSchedules: ["GET", "/schedules", "viewer"],
  pauseSchedule: ["POST", "/schedules/{source}/pause", "admin"],
  resumeSchedule: ["POST", "/schedules/{source}/resume", "operator"],
  planRestore: ["POST", "/restore-plans", "viewer"],
  listRestores: ["GET", "/restores", "viewer"],
  getRestore: ["GET", "/restores/{restore}", "viewer"],
  createRestore: ["POST", "/restores", "operator"],
  approveRestore: ["POST", "/restores/{restore}/approve", "admin"],
  cancelRestore: ["POST", "/restores/{restore}/cancel", "operator"],
  undoRestore: ["POST", "/restores/{restore}/undo", "admin"],
  listDrills: ["GET", "/sources/{source}/drills", "viewer"],
  getDrill: ["GET", "/sources/{source}/drills/{drill}", "viewer"],
  createDrill: ["POST", "/sources/{source}/drills", "operator"],
  listAlerts: ["GET", "/alerts", "viewer"],
  acknowledgeAlert: ["POST", "/alerts/{alert}/acknowledge", "operator"],
  testAlerts: ["POST", "/alerts/test", "operator"],
  listChannels: ["GET", "/channels", "viewer"],
  listAudit: ["GET", "/audit", "viewer"],
} as const satisfies { [O in Operation]?: Line<O> };

/** The routes that the console takes. */
export type Taken = keyof typeof routes;

/** Who may take a route. */
export function roleOf(operation: Taken): Role {
  return routes[operation][2];
}
