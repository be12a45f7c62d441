import { checkChain } from "../functions/api/audit-chain.ts";
import { problemCodes } from "../functions/core/problem.ts";
import { table } from "./table.ts";
import type { ApiVerb, Verb } from "./verb.ts";

/** The newest actions that changed something, through the API that is asked. */
export const audit: ApiVerb = async (_args, client, { region }) => {
  const { items } = await client.ask("listAudit", { query: { limit: "50", ...(region ? { region } : {}) } });
  const rows = items.map(({ number, at, who, what, target, outcome }) => [
    String(number),
    at,
    who,
    what,
    target,
    outcome,
  ]);
  return {
    json: { entries: items },
    text:
      items.length > 0
        ? table([["", "AT", "WHO", "WHAT", "OF", "OUTCOME"], ...rows])
        : ["Nobody has changed anything yet."],
    exitCode: 0,
  };
};

/** Checks the chains of both regions, entry by entry, against both vaults. It needs the vaults alone. */
export const auditVerify: Verb = async (_args, house, _options, io) => {
  const { primaryRegion, recoveryRegion } = house.environment;
  const regions = [primaryRegion, recoveryRegion];
  const vaults = regions.map((region) => ({
    region,
    catalog: (region === house.region ? house.world : io.reach.world(house.environment, region)).catalog,
  }));
  const chains = await Promise.all(regions.map((region) => checkChain(region, vaults)));
  const good = chains.every(({ mismatches }) => mismatches.length === 0);
  return {
    json: { good, chains },
    text: chains.flatMap(({ region, entries, mismatches, notes }) => [
      `${region}: ${entries} ${entries === 1 ? "entry" : "entries"}, ${mismatches.length === 0 ? "each holds the one before it" : "and the chain does not hold:"}.`,
      ...mismatches.map((one) => `  WRONG  ${one}`),
      ...notes.map((one) => `  ${one}`),
    ]),
    exitCode: good ? 0 : problemCodes.damaged.exitCode,
  };
};
