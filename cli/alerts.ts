import { everything } from "./pages.ts";
import { table } from "./table.ts";
import { type ApiVerb, outOfRpoExitCode } from "./verb.ts";

/** The alerts that are open, newest first. */
export const alertsList: ApiVerb = async (_args, client) => {
  const alerts = await everything((query) => client.ask("listAlerts", { query }));
  const rows = alerts.map(({ id, priority, state, finding }) => [id, priority, state, finding.message]);
  const page = alerts.some(({ severity, state }) => severity === "page" && state === "open");
  return {
    json: { alerts },
    text: alerts.length > 0 ? table([["ALERT", "", "STATE", "WHAT"], ...rows]) : ["No alert is open."],
    exitCode: page ? outOfRpoExitCode : 0,
  };
};
