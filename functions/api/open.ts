import type { ApiWorld } from "../api-world.ts";
import type { ConsoleConfig } from "../core/api/console.ts";
import { ackAnswer } from "./ack.ts";
import type { HttpAnswer, HttpEvent } from "./event.ts";
import { consoleFiles, type FileRequest } from "./files.ts";

type Files = (request: FileRequest) => HttpAnswer;

/** One set of files for each world: they are read once by each warm function. */
const filesOf = new WeakMap<ApiWorld, Files>();

/** Answers the routes that need no sign-in; undefined for every other. */
export async function openAnswer(event: HttpEvent, world: ApiWorld): Promise<HttpAnswer | undefined> {
  if (event.routeKey === "GET /v1/openapi.json") {
    const headers = { "content-type": "application/json", "cache-control": "public, max-age=300" };
    return { statusCode: 200, headers, body: world.openApi() };
  }
  if (/^(GET|POST) \/ack(\/\{code\})?$/.test(event.routeKey)) return ackAnswer(event, world);
  // What is no route of the API is no page of the console either.
  if (/^\/(web\/)?v1(\/|$)/.test(event.rawPath)) return undefined;
  switch (event.routeKey) {
    case "GET /":
    case "GET /{file+}":
      return consoleOf(world)?.({ path: event.rawPath, headers: event.headers ?? {} });
    default:
      return undefined;
  }
}

function consoleOf(world: ApiWorld): Files | undefined {
  if (world.consoleFolder === undefined) return undefined;
  const files = filesOf.get(world) ?? (consoleFiles(world.consoleFolder, configOf(world)) as Files);
  filesOf.set(world, files);
  return files;
}

function configOf({ environment, region, signIn }: ApiWorld): ConsoleConfig {
  if (!signIn) return { environment: environment.name, region };
  const { issuer, clientId, scope, audience, origins } = signIn;
  return {
    environment: environment.name,
    region,
    signIn: {
      issuer,
      clientId,
      scope,
      ...(audience === clientId ? {} : { audience }),
      ...(origins ? { origins } : {}),
    },
  };
}
