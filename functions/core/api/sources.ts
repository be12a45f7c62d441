import * as z from "zod/mini";
import { SourceReport, StatusReport } from "../report.ts";
import { slotPattern } from "../slot.ts";
import { Source } from "../source.ts";
import { pageOf, pageQuery, route, sourceParam } from "./route.ts";

/** How a point stands in one region. */
const PointPlace = z.strictObject({
  region: z.string(),
  role: z.enum(["primary", "recovery"]),
  state: z.enum(["present", "absent", "in progress", "lost", "expired", "failed"]),
  /** ISO-8601 UTC: since when it is there. */
  since: z.optional(z.string()),
});

/** A point, as lists show it. */
export const PointView = z.strictObject({
  source: z.string(),
  point: z.string(),
  /** ISO-8601 UTC: the moment to which it returns. */
  at: z.string(),
  places: z.array(PointPlace),
  /** Where it was re-read and compared, and where it was restored and checked. */
  intactIn: z.array(z.string()),
  restorableIn: z.array(z.string()),
  held: z.boolean(),
});
export type PointView = z.infer<typeof PointView>;

/** A point with its facts: each name with the instant at which it was recorded. */
export const PointDetails = z.extend(PointView, {
  facts: z.array(z.strictObject({ name: z.string(), at: z.string() })),
  /** The drills that rehearsed it. */
  drills: z.array(z.string()),
  /** The holds that people put on it and nobody released. */
  holds: z.array(z.string()),
  /** What RDS says of a snapshot that is under way. */
  progress: z.optional(z.strictObject({ region: z.string(), percent: z.number() })),
});
export type PointDetails = z.infer<typeof PointDetails>;

const pointParams = z.strictObject({ ...sourceParam, point: z.string().check(z.maxLength(64)) });
const reason = z.strictObject({ reason: z.string().check(z.minLength(3), z.maxLength(500)) });

/** What was asked for, and under which name it can be followed. */
export const Asked = z.strictObject({ source: z.string(), point: z.string(), state: z.string() });

/** Routes of sources, points and schedules. */
export const sourceRoutes = {
  getStatus: route({
    method: "GET",
    path: "/status",
    role: "viewer",
    summary: "How protected everything is, as this region's watch saw it last.",
    answer: z.extend(StatusReport, {
      /** How old the report is now; one that is too old is `stale`, and `ok` is false then. */
      ageSeconds: z.number(),
      stale: z.boolean(),
    }),
  }),
  getMetrics: route({
    method: "GET",
    path: "/metrics",
    role: "viewer",
    summary: "The same in numbers, as OpenMetrics text.",
    answer: z.string(),
    text: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  }),
  listSources: route({
    method: "GET",
    path: "/sources",
    role: "viewer",
    summary: "What is protected, with its plan.",
    query: z.strictObject(pageQuery),
    answer: pageOf(z.strictObject({ source: Source, declaredAt: z.string() })),
  }),
  getSource: route({
    method: "GET",
    path: "/sources/{source}",
    role: "viewer",
    summary: "One source: its plan in words, how it stands.",
    params: z.strictObject(sourceParam),
    answer: z.strictObject({
      source: Source,
      declaredAt: z.string(),
      planInWords: z.string(),
      report: z.optional(SourceReport),
    }),
  }),
  listPoints: route({
    method: "GET",
    path: "/sources/{source}/points",
    role: "viewer",
    summary: "The points of a source, newest first.",
    params: z.strictObject(sourceParam),
    query: z.strictObject(pageQuery),
    answer: pageOf(PointView),
  }),
  getPoint: route({
    method: "GET",
    path: "/sources/{source}/points/{point}",
    role: "viewer",
    summary: "One point with all that is recorded of it.",
    params: pointParams,
    answer: PointDetails,
  }),
  createPoint: route({
    method: "POST",
    path: "/sources/{source}/points",
    role: "operator",
    summary: "Asks for a point of the current minute.",
    params: z.strictObject(sourceParam),
    answer: Asked,
    status: 202,
  }),
  verifyPoint: route({
    method: "POST",
    path: "/sources/{source}/points/{point}/verify",
    role: "operator",
    summary: "Has a point's archive or replica read again and compared.",
    params: pointParams,
    answer: Asked,
    status: 202,
  }),
  deletePoint: route({
    method: "POST",
    path: "/sources/{source}/points/{point}/delete",
    role: "admin",
    summary: "Asks `expire` to delete a point: in two passes, and only if its rules find that safe.",
    params: pointParams,
    body: reason,
    answer: Asked,
    status: 202,
  }),
  holdPoint: route({
    method: "POST",
    path: "/sources/{source}/points/{point}/hold",
    role: "operator",
    summary: "Puts a legal hold on a point: nothing deletes it until it is released.",
    params: pointParams,
    body: reason,
    answer: z.strictObject({
      hold: z.string(),
      /** Where the point is, and in which of these its time was over already, so that a pass may be at it. */
      regions: z.array(z.string()),
      wasDueIn: z.array(z.string()),
    }),
    status: 201,
  }),
  releasePoint: route({
    method: "POST",
    path: "/sources/{source}/points/{point}/release",
    role: "admin",
    summary: "Releases a point from one hold, or from all.",
    params: pointParams,
    body: z.extend(reason, { hold: z.optional(z.string()) }),
    answer: z.strictObject({
      released: z.array(z.string()),
      holdsLeft: z.array(z.string()),
      regions: z.array(z.string()),
    }),
  }),
  listSchedules: route({
    method: "GET",
    path: "/schedules",
    role: "viewer",
    summary: "When each source owes its next point, drill and scrub, and what is paused.",
    query: z.strictObject(pageQuery),
    answer: pageOf(
      z.strictObject({
        source: z.string(),
        everySeconds: z.int(),
        nextPointAt: z.string(),
        nextDrillAt: z.optional(z.string()),
        pausedUntil: z.optional(z.string()),
        pausedBy: z.optional(z.string()),
      }),
    ),
  }),
  runSchedule: route({
    method: "POST",
    path: "/schedules/{source}/run",
    role: "operator",
    summary: "Does now what the schedule would do next: the same as asking for a point.",
    params: z.strictObject(sourceParam),
    answer: Asked,
    status: 202,
  }),
  pauseSchedule: route({
    method: "POST",
    path: "/schedules/{source}/pause",
    role: "admin",
    summary:
      "Pauses the taking of points until an instant, at most 7 days from now; it goes on by itself then.",
    params: z.strictObject(sourceParam),
    body: z.extend(reason, { until: z.iso.datetime() }),
    answer: z.strictObject({ source: z.string(), pausedUntil: z.string() }),
  }),
  resumeSchedule: route({
    method: "POST",
    path: "/schedules/{source}/resume",
    role: "operator",
    summary: "Ends a pause before its time.",
    params: z.strictObject(sourceParam),
    answer: z.strictObject({ source: z.string(), resumedAt: z.string() }),
  }),
} as const;

/** A slot, in a path. */
export const slotParam = z.string().check(z.regex(slotPattern));
