import { asProblem, Problem } from "../functions/core/problem.ts";
import type { Asker, Client } from "./client.ts";

/** An API of the environment: where it is, and in which region it signs, where that cannot be read from its address. */
export type Address = { url: string; region?: string };

/** What is set of the APIs' addresses: one for each region, with commas between, the one to be asked first in front. */
export function addressesIn(variables: NodeJS.ProcessEnv): Address[] {
  const listed = (text = "") => text.split(",").map((one) => one.trim());
  const regions = listed(variables.HOLDFAST_API_REGION);
  return listed(variables.HOLDFAST_API_URL).flatMap((url, index) => {
    const [, named] = /\.execute-api\.([a-z0-9-]+)\./.exec(url) ?? [];
    const region = named ?? (regions[index] || variables.AWS_REGION);
    return url ? [{ url, ...(region ? { region } : {}) }] : [];
  });
}

/**
 * The first API that says who it is: the other region's, where the first does not answer. What is asked after that goes to
 * that one alone, so nothing is asked twice of two regions. `wanted`: the region whose API alone is meant. Throws `Problem`
 * if none answers: nothing goes around the API unless somebody says so.
 */
export async function reachApi(
  addresses: readonly Address[],
  ask: (address: Address) => Promise<Asker>,
  wanted?: string,
): Promise<Client> {
  const silent: { region: string; reason: string }[] = [];
  const regions: string[] = [];
  const known = addresses.filter(({ region }) => !wanted || !region || region === wanted);
  for (const address of known.length > 0 ? known : addresses) {
    const asker = await ask(address);
    try {
      const { who: _, role: __, ...about } = await asker.ask("whoAmI");
      if (!wanted || about.region === wanted) return { ...asker, about, silent };
      regions.push(about.region);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (!problem.retryable) throw problem;
      silent.push({ region: address.region ?? asker.where, reason: problem.message });
    }
  }
  const why = silent.map(({ region, reason }) => `${region}: ${reason}`).join("; ");
  if (why) throw new Problem("unavailable", `No API of the environment answers (${why})`, around);
  throw new Problem(
    "invalid",
    `HOLDFAST_API_URL has no API of ${wanted}; it has ${regions.join(", ")}`,
    `Leave --region out, add that API's address, or ask the vault itself with --break-glass.`,
  );
}

const around =
  "Try again, or go around it with --break-glass, which needs the vault and credentials alone and is written into the audit log.";
