import { run } from "../../cli/run.ts";
import { worldIn } from "../worlds.ts";
import type { putUpDrills } from "./house.ts";

/** What one run of the command printed, and its exit code. */
export type Ran = { code: number; out: string; err: string };

/** The command beside a house, with the glass broken. `onWait`: what happens while it waits. */
export async function holdfast(
  { twin, clock, environment }: Awaited<ReturnType<typeof putUpDrills>>,
  args: string[],
  onWait: (ms: number) => Promise<void> = async (ms) => clock.advance(ms),
): Promise<Ran> {
  const ran: Ran = { code: 0, out: "", err: "" };
  ran.code = await run([...args, "--break-glass"], {
    folder: "test/drill/no-such-folder",
    reach: async () => ({
      account: async () => environment.account,
      world: (wanted, region) => worldIn(twin, wanted, region, "person"),
    }),
    now: () => new Date(clock.now()),
    wait: onWait,
    tell: (text) => {
      ran.err += `${text}\n`;
    },
    out: (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
    variables: { HOLDFAST_ENV: environment.name, HOLDFAST_REGIONS: "eu-west-1,eu-central-1" },
  });
  return ran;
}
