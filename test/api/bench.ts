import { readFileSync } from "node:fs";
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { answer } from "../../functions/api/answer.ts";
import { HttpEvent } from "../../functions/api/event.ts";
import type { ApiWorld } from "../../functions/api-world.ts";
import { testChannels } from "../../functions/channels/test-channels.ts";
import type { ChannelsWorld } from "../../functions/channels-world.ts";
import { type Input, type Operation, routes } from "../../functions/core/api/routes.ts";
import { type Environment, otherRegion } from "../../functions/core/environment.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { webhooksFrom } from "../../functions/webhooks/webhooks.ts";
import local from "../../infra/environments/local.ts";
import { loadAssembly } from "../../local/assembly.ts";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { HttpApis } from "../../local/http-apis.ts";
import { AccessControl } from "../../local/iam.ts";
import { cloudWatchService } from "../../local/services/cloudwatch.ts";
import { eventsService } from "../../local/services/events.ts";
import { kmsService } from "../../local/services/kms.ts";
import { Lambda } from "../../local/services/lambda.ts";
import type { InvocationContext } from "../../local/services/lambda-function.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { schedulerService } from "../../local/services/scheduler.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { snsService } from "../../local/services/sns.ts";
import { sqsService } from "../../local/services/sqs.ts";
import { stsService } from "../../local/services/sts.ts";
import { signed } from "../../local/sigv4.ts";
import { Twin } from "../../local/twin.ts";
import { assemblyOf } from "../infra/synthesized.ts";
import { type TestWorld, worldIn } from "../worlds.ts";
import { commandLine } from "./command-line.ts";

/** An answer as a client sees it. */
export type Answered = {
  status: number;
  headers: Record<string, string>;
  text: string;
  json: Record<string, never>;
};

/** Who asks: an access key, or what a token says of its bearer; `bearer` is a whole token of somebody's own. */
export type As =
  | { key: string }
  | { token: { sub: string; groups?: string[] } }
  | { bearer: string }
  | undefined;

const issuer = "https://issuer.example";

/** What answers in the place of functions, by the names of their tasks, with the world that their roles have. */
export type Others = Record<
  string,
  (world: TestWorld, event: unknown, context: InvocationContext) => Promise<unknown>
>;

/**
 * An environment as it would be deployed, in the stand-in, with the API of each region answered by the real handlers under
 * the rights of the API's own role, and `channels` and `others` under theirs. The rest runs when the bench runs it.
 */
export async function apiBench(environment: Environment = local, others: Others = {}) {
  const clock = new VirtualClock("2026-11-21T03:00:00Z");
  const twin = new Twin({ account: environment.account, clock });
  const access = new AccessControl(twin);
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: "RS256" }] });
  const apis = new HttpApis(twin, access, async () => keys);
  const lambda = new Lambda(twin, () => {});
  const services = [
    cloudWatchService,
    kmsService,
    snsService,
    eventsService,
    schedulerService,
    secretsService,
    stsService,
  ];
  for (const make of services) twin.register(make(twin));
  twin.register(s3Service(twin, memoryBlobs()));
  twin.register(rdsService(twin));
  twin.register(sqsService(twin, { url: "" }));
  twin.register(lambda.service);
  twin.interceptors.push(access.interceptor);
  const call = (
    service: "s3" | "rds",
    operation: string,
    input: Record<string, unknown>,
    region = "eu-west-1",
  ) => twin.call({ service, region, operation, input, principal: "test" });
  await call("rds", "CreateDBInstance", { DBInstanceIdentifier: "orders-db", StorageEncrypted: true });
  for (const Bucket of ["acme-uploads", "acme-dumps"])
    await call("s3", "CreateBucket", {
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
    });

  const apiName = `holdfast-${environment.name}-api`;
  const channelsName = `holdfast-${environment.name}-channels`;
  const worlds = new Map<string, ApiWorld>();
  const create = lambda.create.bind(lambda);
  lambda.create = (spec) =>
    create({
      ...spec,
      run: async (event, context) => {
        const region = spec.arn.split(":")[3] ?? "";
        if (spec.name === apiName)
          return answer(HttpEvent.parse(event), worldOf(region, spec.variables), {
            remainingMs: context.getRemainingTimeInMillis,
          });
        // Its own daily look runs no more by itself than what the other functions do.
        const asked = typeof event === "object" && event !== null && "test" in event;
        if (spec.name === channelsName) return asked ? testChannels(channelsAt(region)) : {};
        const other = others[spec.name.replace(`holdfast-${environment.name}-`, "")];
        const principal = `${spec.name}@${region}`;
        return other ? other(worldIn(twin, environment, region, principal), event, context) : {};
      },
    });
  await loadAssembly(assemblyOf(environment), {
    ...{ twin, lambda, access, apis, issuer, account: twin.account },
    runtimeVariables: () => ({}),
    customResource: async () => {},
  });

  function worldOf(region: string, variables: Record<string, string> = {}): ApiWorld {
    const at = (where: string) => worldIn(twin, environment, where, `${apiName}@${region}`);
    const made: ApiWorld = worlds.get(region) ?? {
      ...at(region),
      otherCatalog: at(region).otherCatalog,
      ...(variables.HOLDFAST_SIGN_IN ? { signIn: JSON.parse(variables.HOLDFAST_SIGN_IN) } : {}),
      openApi: () => readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"),
      at: (where) => (where === region ? made : at(where)),
    };
    worlds.set(region, made);
    return made;
  }

  /** The API asks the function that looks after channels, which has rights of its own. */
  function channelsAt(region: string): ChannelsWorld {
    const made = worldIn(twin, environment, region, `${channelsName}@${region}`);
    const { secrets, now } = made;
    return { ...made, smsSpend: async () => undefined, webhooks: webhooksFrom({ secrets, fetch, now }) };
  }

  const primary = worldIn(twin, environment, environment.primaryRegion);
  const recovery = worldIn(twin, environment, environment.recoveryRegion);

  /** Lets so much time pass, with a pass of both reconcilers in each minute of it. */
  const pass = async (ms: number) => {
    const endMs = clock.now() + ms;
    while (clock.now() < endMs) {
      clock.advanceTo(Math.min(endMs, clock.now() + 60_000));
      await reconcile(primary);
      await reconcile(recovery);
    }
  };

  const tokenOf = ({ sub, groups }: { sub: string; groups?: string[] }) =>
    new SignJWT({ ...(groups ? { "cognito:groups": groups } : {}), client_id: "holdfast-local" })
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer(issuer)
      .setSubject(sub)
      .setExpirationTime("1h")
      .sign(privateKey);

  /** Whoever a test names has an access key with this secret. */
  const secretOf = (key: string) => {
    access.issue(key, `secret of ${key}`);
    return `secret of ${key}`;
  };

  /** A request as it would come over the wire. */
  const raw = async (
    method: string,
    url: string,
    about: { as?: As; region?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answered> => {
    const [path = "/", query = ""] = url.split("?", 2);
    const { as, region = environment.recoveryRegion } = about;
    const bearer = as && "bearer" in as ? as.bearer : as && "token" in as ? await tokenOf(as.token) : "";
    const request = {
      method,
      path,
      query,
      headers: {
        ...{ host: "api.example", "content-type": "application/json" },
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...about.headers,
      } as Record<string, string>,
      body: Buffer.from(about.body ?? ""),
      address: "192.0.2.7",
    };
    if (as && "key" in as) {
      const scope = { service: "execute-api", region };
      request.headers = await signed(request, scope, {
        accessKeyId: as.key,
        secretAccessKey: secretOf(as.key),
      });
    }
    const { status, headers, body } = await apis.answer(region, request);
    const text = body.toString();
    const json = /json/.test(headers["content-type"] ?? "") && text.startsWith("{") ? JSON.parse(text) : {};
    return { status, headers, text, json };
  };

  /** An operation of the table, by access key under /v1 or by token under /web/v1. */
  const ask = async <O extends Operation>(
    operation: O,
    input: { [part in keyof Input<O>]?: Input<O>[part] } = {},
    about: { as?: As; region?: string; headers?: Record<string, string> } = {},
  ): Promise<Answered> => {
    const { method, path } = routes[operation];
    const { as = { key: "test" } } = about;
    const params = (input.params ?? {}) as Record<string, string>;
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
    const query = new URLSearchParams((input.query ?? {}) as Record<string, string>).toString();
    const url = `${"key" in as ? "/v1" : "/web/v1"}${filled}${query ? `?${query}` : ""}`;
    return raw(method, url, {
      ...about,
      as,
      ...(method === "POST" ? { body: JSON.stringify(input.body ?? {}) } : {}),
    });
  };

  const command = commandLine({ twin, clock, environment, raw, secretOf });

  /** Every key of a vault with its ETag: what a refused request must not change. */
  const vaultNow = async (region: string): Promise<string[]> => {
    const Bucket = `holdfast-${environment.name}-${environment.account}-${region}`;
    type Page = {
      Versions?: { Key: string; VersionId: string }[];
      NextKeyMarker?: string;
      NextVersionIdMarker?: string;
    };
    const names: string[] = [];
    for (let from = {}, more = true; more; ) {
      const page = (await call("s3", "ListObjectVersions", { Bucket, ...from }, region)) as Page;
      names.push(...(page.Versions ?? []).map(({ Key, VersionId }) => `${Key} ${VersionId}`));
      from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      more = page.NextKeyMarker !== undefined;
    }
    return names.sort();
  };

  const both = [environment.primaryRegion, otherRegion(environment, environment.primaryRegion)];
  return {
    twin,
    clock,
    access,
    apis,
    primary,
    recovery,
    pass,
    raw,
    ask,
    command,
    tokenOf,
    call,
    vaultNow,
    worldOf,
    both,
  };
}
