import { overHttp } from "../../cli/over-http.ts";
import { run } from "../../cli/run.ts";
import type { Environment } from "../../functions/core/environment.ts";
import type { VirtualClock } from "../../local/clock.ts";
import type { Twin } from "../../local/twin.ts";
import { worldIn } from "../worlds.ts";
import type { apiBench } from "./bench.ts";

/** What the command runs in. */
type House = {
  twin: Twin;
  clock: VirtualClock;
  environment: Environment;
  raw: Awaited<ReturnType<typeof apiBench>>["raw"];
  secretOf: (key: string) => string;
};

/**
 * The command, over HTTP with an access key, or, where `glass` is broken, on the vaults alone as that principal. It knows
 * both regions' APIs, the recovery region's first. `away`: whose API does not answer; `loses`: whether an answer does not
 * come back, of what was done. `onWait`: what happens while it waits.
 */
export function commandLine({ twin, clock, environment, raw, secretOf }: House) {
  return async (
    line: string,
    {
      key = "ann",
      glass = false,
      away = [] as string[],
      loses = (_method: string): boolean => false,
      onWait = async (_ms: number): Promise<void> => {},
    } = {},
  ) => {
    let [out, err] = ["", ""];
    const regions = `${environment.primaryRegion},${environment.recoveryRegion}`;
    const urls = [environment.recoveryRegion, environment.primaryRegion].map(
      (one) => `http://${one}.example`,
    );
    const send = async (address: string | URL | Request, init: RequestInit = {}) => {
      const { pathname, search, host } = new URL(String(address));
      const region = host.split(".")[0] ?? "";
      if (away.includes(region)) throw new TypeError("fetch failed");
      const headers = { ...Object.fromEntries(new Headers(init.headers as Record<string, string>)), host };
      const body = typeof init.body === "string" ? { body: init.body } : {};
      const answer = await raw(init.method ?? "GET", `${pathname}${search}`, { region, headers, ...body });
      if (loses(init.method ?? "GET")) throw new TypeError("fetch failed");
      return new Response(answer.text, { status: answer.status, headers: answer.headers });
    };
    const code = await run(
      [...line.matchAll(/"([^"]*)"|\S+/g)]
        .map(([word, quoted]) => quoted ?? word)
        .concat(glass ? "--break-glass" : []),
      {
        folder: "test/cli/no-such-folder",
        reach: async () => ({
          account: async () => environment.account,
          world: (wanted: Environment, region: string) => worldIn(twin, wanted, region, key),
        }),
        client: async (url) =>
          overHttp({
            url,
            region: new URL(url).host.split(".")[0] ?? "",
            credentials: async () => ({ accessKeyId: key, secretAccessKey: secretOf(key) }),
            fetch: send as typeof fetch,
            pauseMs: 1,
          }),
        now: () => new Date(clock.now()),
        wait: onWait,
        tell: (text) => {
          err += `${text}\n`;
        },
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        variables: {
          ...{ HOLDFAST_ENV: environment.name, HOLDFAST_REGIONS: regions },
          ...{ HOLDFAST_API_URL: urls.join(), HOLDFAST_API_REGION: regions.split(",").reverse().join() },
        },
      },
    );
    return { code, out, err };
  };
}
