import * as z from "zod/mini";
import { DrillFinishedFact, DrillOutcome } from "../drill.ts";
import { PlanFact, RestoreFact, RestoreRequest, restoreIdPattern } from "../restore.ts";
import { pageOf, pageQuery, route, sourceParam } from "./route.ts";
import { slotParam } from "./sources.ts";

/** A drill's signed document, letter by letter as it lies in a vault, with a sentence for each thing that is wrong with it. */
const DrillDocument = z.strictObject({
  /** Whose vault it was read in and checked against. */
  region: z.string(),
  text: z.string(),
  mismatches: z.array(z.string()),
});

/** A drill, as lists show it. */
export const DrillView = z.strictObject({
  source: z.string(),
  drill: z.string(),
  point: z.string(),
  region: z.string(),
  startedAt: z.string(),
  by: z.enum(["schedule", "person"]),
  /** Absent while it runs. */
  outcome: z.optional(DrillOutcome),
  reason: z.optional(z.string()),
  endedAt: z.optional(z.string()),
  secondsToAvailable: z.optional(z.number()),
  secondsToChecked: z.optional(z.number()),
  rtoSeconds: z.optional(z.int()),
  dataLossSeconds: z.optional(z.number()),
  /** Only where documents were asked for, of one that has ended. */
  document: z.optional(DrillDocument),
});
export type DrillView = z.infer<typeof DrillView>;

/** How far a restore is. */
export const RestoreView = z.strictObject({
  id: z.string(),
  source: z.string(),
  region: z.string(),
  state: z.enum([
    ...(["requested", "planned", "awaiting approval", "running", "cancelling", "finished"] as const),
    ...(["failed", "cancelled", "refused", "undoing", "undone", "undo failed"] as const),
  ]),
  requestedAt: z.string(),
  requestedBy: z.optional(z.string()),
  approvedBy: z.optional(z.string()),
  request: z.optional(RestoreRequest),
  plan: z.optional(PlanFact),
  steps: z.array(
    z.strictObject({
      name: z.string(),
      does: z.string(),
      state: z.enum(["waiting", "running", "done"]),
      seconds: z.optional(z.number()),
      expectedSeconds: z.optional(z.number()),
    }),
  ),
  /** Why it ended as it did, and what is left, one sentence each. */
  reason: z.optional(z.string()),
  leftBehind: z.array(z.string()),
  /** What came back, in one sentence each. */
  result: z.array(z.string()),
  endedAt: z.optional(z.string()),
});
export type RestoreView = z.infer<typeof RestoreView>;

/** A restore with its facts by name; where AWS says that its execution has told no end and never will, with that end. */
export const RestoreDetails = z.extend(RestoreView, {
  facts: z.record(z.string(), RestoreFact),
  /** Why it could not be asked whether it still goes on. */
  unknown: z.optional(z.string()),
});
export type RestoreDetails = z.infer<typeof RestoreDetails>;

/** The ARN of an execution, as a start gave it: of what has told nothing yet, whether it goes on. */
const executionQuery = z.strictObject({ execution: z.optional(z.string().check(z.maxLength(500))) });

const restoreParams = z.strictObject({ restore: z.string().check(z.regex(restoreIdPattern)) });
const drillParams = z.strictObject({ ...sourceParam, drill: slotParam });

/** A restore as it is asked for; its id is made by who answers. `region`: the recovery region if it is left out. */
export const RestoreWish = z.extend(z.omit(RestoreRequest, { id: true }), {
  region: z.optional(z.string()),
});
export type RestoreWish = z.infer<typeof RestoreWish>;

/** Routes of restores and drills. */
export const recoveryRoutes = {
  planRestore: route({
    method: "POST",
    path: "/restore-plans",
    role: "viewer",
    summary: "What a restore would do, step by step with its calls and expected times. Changes nothing.",
    body: RestoreWish,
    answer: z.strictObject({
      plan: PlanFact,
      approval: z.boolean(),
      expectedSeconds: z.optional(z.number()),
    }),
  }),
  listRestores: route({
    method: "GET",
    path: "/restores",
    role: "viewer",
    summary: "All restores, newest first.",
    query: z.strictObject(pageQuery),
    answer: pageOf(RestoreView),
  }),
  getRestore: route({
    method: "GET",
    path: "/restores/{restore}",
    role: "viewer",
    summary: "One restore, with each step's elapsed and expected time.",
    params: restoreParams,
    query: executionQuery,
    answer: RestoreDetails,
  }),
  createRestore: route({
    method: "POST",
    path: "/restores",
    role: "operator",
    summary: "Starts a restore.",
    body: RestoreWish,
    answer: z.strictObject({ id: z.string(), region: z.string(), execution: z.optional(z.string()) }),
    status: 202,
  }),
  approveRestore: route({
    method: "POST",
    path: "/restores/{restore}/approve",
    role: "admin",
    summary: "Approves a restore that somebody else asked for, or refuses it.",
    params: restoreParams,
    body: z.strictObject({ refuse: z.optional(z.string().check(z.minLength(3), z.maxLength(500))) }),
    answer: z.strictObject({ id: z.string(), answer: z.enum(["approved", "refused"]), by: z.string() }),
  }),
  cancelRestore: route({
    method: "POST",
    path: "/restores/{restore}/cancel",
    role: "operator",
    summary: "Stops a restore; what it has made is taken away again.",
    params: restoreParams,
    answer: z.strictObject({ id: z.string() }),
    status: 202,
  }),
  undoRestore: route({
    method: "POST",
    path: "/restores/{restore}/undo",
    role: "admin",
    summary: "Puts back what a restore replaced.",
    params: restoreParams,
    answer: z.strictObject({
      id: z.string(),
      /** Each try of an undo is an execution of its own. */
      attempt: z.int(),
      execution: z.optional(z.string()),
    }),
    status: 202,
  }),
  listDrills: route({
    method: "GET",
    path: "/sources/{source}/drills",
    role: "viewer",
    summary: "The drills of a source, newest first.",
    params: z.strictObject(sourceParam),
    query: z.strictObject({ ...pageQuery, documents: z.optional(z.enum(["true"])) }),
    answer: pageOf(DrillView),
  }),
  getDrill: route({
    method: "GET",
    path: "/sources/{source}/drills/{drill}",
    role: "viewer",
    summary: "One drill; once it has ended, its signed document. One that passed is a certificate.",
    params: drillParams,
    query: executionQuery,
    answer: z.strictObject({
      drill: DrillView,
      certificate: z.optional(DrillFinishedFact),
      document: z.optional(DrillDocument),
      /** While it runs. `until`: what is waited for. */
      progress: z.optional(
        z.strictObject({ sentence: z.string(), until: z.optional(z.enum(["available", "checked"])) }),
      ),
    }),
  }),
  checkDrill: route({
    method: "GET",
    path: "/sources/{source}/drills/{drill}/check",
    role: "viewer",
    summary:
      "The signed document of a drill, held against its key, the other vault's copy and what the drill found.",
    params: drillParams,
    answer: z.extend(DrillDocument, {
      /** What could not be looked at, one sentence each. */
      notes: z.array(z.string()),
    }),
  }),
  createDrill: route({
    method: "POST",
    path: "/sources/{source}/drills",
    role: "operator",
    summary: "Starts a drill of the newest copy, or of one point.",
    params: z.strictObject(sourceParam),
    body: z.strictObject({ point: z.optional(z.string().check(z.maxLength(64))) }),
    answer: z.strictObject({
      source: z.string(),
      drill: z.string(),
      /** The ARN of its execution. */
      execution: z.optional(z.string()),
    }),
    status: 202,
  }),
} as const;
