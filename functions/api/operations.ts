import type { Operation } from "../core/api/routes.ts";
import { listAlerts, listChannels } from "./alerts.ts";
import { listAudit } from "./audit.ts";
import { getDrill, listDrills } from "./drills.ts";
import { whoAmI } from "./me.ts";
import { getMetrics } from "./metrics.ts";
import type { Change, Look } from "./operation.ts";
import { getPoint, listPoints } from "./points.ts";
import { getRestore, listRestores } from "./restores.ts";
import { listSchedules } from "./schedules.ts";
import { getSource, listSources } from "./sources.ts";
import { getStatus } from "./status.ts";

/** The operations that only look. */
export const looks: { [O in Operation]?: Look<O> } = {
  getStatus,
  getMetrics,
  listSources,
  getSource,
  listPoints,
  getPoint,
  listSchedules,
  listRestores,
  getRestore,
  listDrills,
  getDrill,
  listAlerts,
  listChannels,
  listAudit,
  whoAmI,
};

/** The operations that change something. */
export const changes: { [O in Operation]?: Change<O> } = {};
