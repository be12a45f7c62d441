import type { Operation } from "../core/api/routes.ts";
import { listAlerts, listChannels } from "./alerts.ts";
import { listAudit } from "./audit.ts";
import { acknowledgeAlert, acknowledgeCode, testAlerts } from "./change-alerts.ts";
import { createDrill } from "./change-drills.ts";
import {
  createPoint,
  deletePoint,
  holdPoint,
  releasePoint,
  runSchedule,
  verifyPoint,
} from "./change-points.ts";
import { approveRestore, cancelRestore, createRestore, planRestore, undoRestore } from "./change-restores.ts";
import { pauseSchedule, resumeSchedule } from "./change-schedules.ts";
import { checkPoint, getCheck, verifyArchive } from "./checks.ts";
import { checkDrill } from "./drill-documents.ts";
import { getDrill, listDrills } from "./drills.ts";
import { listExpiry, runExpiry } from "./expiry.ts";
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
  checkPoint,
  getCheck,
  listExpiry,
  listSchedules,
  planRestore,
  listRestores,
  getRestore,
  listDrills,
  getDrill,
  checkDrill,
  listAlerts,
  listChannels,
  listAudit,
  whoAmI,
};

/** The operations that change something. */
export const changes: { [O in Operation]?: Change<O> } = {
  createPoint,
  runSchedule,
  verifyPoint,
  verifyArchive,
  runExpiry,
  deletePoint,
  holdPoint,
  releasePoint,
  pauseSchedule,
  resumeSchedule,
  createDrill,
  createRestore,
  approveRestore,
  cancelRestore,
  undoRestore,
  acknowledgeAlert,
  acknowledgeCode,
  testAlerts,
};
