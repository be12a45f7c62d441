import { DrillRequest } from "../core/drill.ts";
import { drillWorld } from "../drill-world.ts";
import { durableTask } from "../durable.ts";
import { drill } from "./drill.ts";

/** Rehearses a restore, as a durable execution: started by the reconciler when one is due, or by a person. */
export const handler = durableTask(DrillRequest, drill, drillWorld);
