import type { ChannelView } from "../functions/core/api/alerts.ts";
import { asProblem, type Problem, problemCodes } from "../functions/core/problem.ts";
import { table } from "./table.ts";
import { type ApiVerb, outOfRpoExitCode } from "./verb.ts";

/** What one region said of its channels, or why it said nothing. */
type Tested = { region: string; channels: ChannelView[]; problem?: Problem };

/**
 * Sends one message down every channel, from each region, which has channels of its own, or from one alone; and says what
 * became of each. The function `channels` does it: whoever asks needs no secret.
 */
export const alertsTest: ApiVerb = async (_args, client, { region }) => {
  const { primaryRegion, recoveryRegion, environment } = client.about;
  const regions = region ? [region] : [primaryRegion, recoveryRegion];
  const tested = await Promise.all(
    regions.map(async (one): Promise<Tested> => {
      try {
        const { channels } = await client.ask("testAlerts", { body: { region: one } });
        return { region: one, channels };
      } catch (thrown) {
        return { region: one, channels: [], problem: asProblem(thrown) };
      }
    }),
  );
  const bad = tested.flatMap(({ channels }) => channels.filter(({ state }) => state !== "ok"));
  const silent = tested.filter(({ problem }) => problem);
  return {
    json: {
      environment,
      regions: tested.map(({ problem, ...rest }) => ({
        ...rest,
        ...(problem ? { problem: problem.message } : {}),
      })),
    },
    text: tested.flatMap(linesOf),
    exitCode: silent.length > 0 ? problemCodes.unavailable.exitCode : bad.length > 0 ? outOfRpoExitCode : 0,
  };
};

function linesOf({ region, channels, problem }: Tested): string[] {
  if (problem) return [`${region}: ${problem.message}. ${problem.fix}`, ""];
  const rows = channels.map(({ severity, channel, state, reason }) => [severity, channel, state, reason]);
  return [`From ${region}:`, ...table([["FOR", "CHANNEL", "STATE", "BECAUSE"], ...rows]), ""];
}
