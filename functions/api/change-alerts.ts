import { acknowledge, standsFor } from "../alert/acknowledge.ts";
import { episodePrefix } from "../catalog/keys.ts";
import { ChannelsReport } from "../core/channel.ts";
import type { Episode } from "../core/episode.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { alertView, readEpisodes } from "./alerts.ts";
import { placesAsked } from "./find.ts";
import type { Change } from "./operation.ts";

/** Says that somebody is on it. Only evidence ends an alert. */
export const acknowledgeAlert: Change<"acknowledgeAlert"> = async ({ params }, { world, caller }) => {
  const episode = await episodeOf(params.alert, world.catalog);
  if (episode.facts.has("ended") && !episode.facts.has("acknowledged"))
    throw new Problem(
      "invalid",
      `The alert ${params.alert} is over already`,
      "Nothing is left to acknowledge.",
    );
  const { id, since } = episode;
  return {
    target: params.alert,
    async act() {
      await acknowledge({ findingId: id, since }, caller.who, world);
      const view = await alertView(await episodeOf(params.alert, world.catalog), world.catalog);
      if (!view) throw new Problem("internal", "the alert is gone", "Report this.");
      return view;
    },
  };
};

/** The same by a code, which is kept nowhere: not in the audit log either. */
export const acknowledgeCode: Change<"acknowledgeCode"> = async ({ body }, { world, caller }) => {
  const { episodes, messages } = await standsFor(body.code, world);
  const targets = [
    ...episodes.map(({ id, since }) => `${id}@${since}`),
    ...messages.map(({ message, slot }) => `${message} ${slot}`),
  ];
  return {
    target: targets.join(", ").slice(0, 500),
    async act() {
      const acknowledged = await acknowledge({ code: body.code }, caller.who, world);
      return { by: caller.who, acknowledged };
    },
  };
};

/** Sends one message down every channel of a region, which the function that looks after them does, and reports each. */
export const testAlerts: Change<"testAlerts"> = async ({ body }, { world }) => {
  const [place] = placesAsked(world, body.region ?? world.region);
  const { region = world.region } = place ?? {};
  return {
    target: `the channels of ${region}`,
    async act() {
      const answer = await world.at(region).invoke.ask("channels", { test: true }).catch(failed);
      const report = ChannelsReport.safeParse(answer);
      return { channels: (report.data ?? failed(report.error)).channels };
    },
  };
};

/** What the function that looks after channels comes to is not ours; that it could not be reached is AWS's to say. */
function failed(thrown: unknown): never {
  if (asProblem(thrown).code !== "internal") throw thrown;
  const fix = "Try again; if it lasts, see the log of the function channels.";
  throw new Problem("broken", "The function that tests the channels has failed", fix, thrown);
}

/** `<finding id>@<since>` as the vault knows it. Throws `Problem` not-found. */
async function episodeOf(alert: string, catalog: Parameters<typeof readEpisodes>[0]): Promise<Episode> {
  const [, id, since] = /^([a-z0-9.-]+)@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(alert) ?? [];
  const known = id && since && !Number.isNaN(Date.parse(since));
  const [episode] = known ? await readEpisodes(catalog, episodePrefix(id, since)) : [];
  if (episode) return episode;
  throw new Problem("not-found", `There is no alert "${alert.slice(0, 100)}"`, "See: holdfast alerts list.");
}
