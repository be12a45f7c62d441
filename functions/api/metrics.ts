import { openMetrics } from "../core/open-metrics.ts";
import type { Look } from "./operation.ts";
import { readReport } from "./status.ts";

/**
 * The watch's last report in numbers, with ages as they are now. One that is too old is still told: its own timestamp is in
 * it, the ages grow, and alert rules go by both (docs/prometheus-rules.yaml).
 */
export const getMetrics: Look<"getMetrics"> = async (_input, { world }) =>
  openMetrics(await readReport(world), world.now());
