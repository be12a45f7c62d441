import { acknowledge, digestOf, standsFor } from "../alert/acknowledge.ts";
import type { ApiWorld } from "../api-world.ts";
import { findingKey } from "../catalog/keys.ts";
import { readCode } from "../core/code.ts";
import { asProblem } from "../core/problem.ts";
import { logProblem } from "../glue.ts";
import { page } from "./ack-page.ts";
import { audit } from "./audit-log.ts";
import { ifThere } from "./drills.ts";
import type { HttpAnswer, HttpEvent } from "./event.ts";

/**
 * The pages behind the link of a message. To look acknowledges nothing, because mail scanners follow links; the button
 * does. Who has the code may; it tells nobody else what it is about.
 */
export async function ackAnswer(event: HttpEvent, world: ApiWorld): Promise<HttpAnswer> {
  const method = event.requestContext.http.method;
  try {
    const typed = event.pathParameters?.code ?? (method === "POST" ? codeIn(event) : undefined);
    if (typed === undefined)
      return page(200, "Acknowledge an alert", [], { action: "/ack", button: "Go on", asksForCode: true });
    return method === "POST" && event.pathParameters?.code !== undefined
      ? await acknowledged(typed, event, world)
      : await asked(typed, world);
  } catch (thrown) {
    return refused(thrown, event);
  }
}

/** What the code is about, with the button. */
async function asked(typed: string, world: ApiWorld): Promise<HttpAnswer> {
  const { episodes, messages } = await standsFor(typed, world);
  const findings = await Promise.all(
    episodes.map(async ({ id, since }) => {
      const opened = await ifThere(world.catalog.readFinding(findingKey(id, since, "opened")));
      return opened?.finding.message ?? `${id} since ${since}`;
    }),
  );
  const about = [...findings, ...messages.map(({ message }) => `That the ${message} arrived.`)];
  const form = { action: `/ack/${encodeURIComponent(readCode(typed) ?? "")}`, button: "I am on it" };
  return page(200, `Acknowledge in ${world.environment.name}`, about, form);
}

async function acknowledged(typed: string, event: HttpEvent, world: ApiWorld): Promise<HttpAnswer> {
  const { episodes, messages } = await standsFor(typed, world);
  const targets = [
    ...episodes.map(({ id, since }) => `${id}@${since}`),
    ...messages.map(({ message, slot }) => `${message} ${slot}`),
  ];
  const who = `code:${digestOf(readCode(typed) ?? "").slice(0, 12)}`;
  const address = event.requestContext.http.sourceIp;
  const from = { ...(address ? { address } : {}), through: "api" as const };
  await audit(
    { who, what: "acknowledge", target: targets.join(", ").slice(0, 500), from, outcome: "accepted" },
    world,
  );
  const all = await acknowledge({ code: typed }, who, world);
  const told = all.map(({ state, finding, message, at }) => {
    const what = finding?.message ?? `The ${message?.message ?? "message"}`;
    if (state === "over") return `${what} It is over already.`;
    return state === "already" ? `${what} It was acknowledged at ${at}.` : `${what} Acknowledged.`;
  });
  return page(200, "Thank you", [...told, "It is not told again. Only evidence ends it."]);
}

function refused(thrown: unknown, { requestContext: { requestId }, routeKey }: HttpEvent): HttpAnswer {
  const { code, message, fix } = asProblem(thrown);
  const again = { action: "/ack", button: "Go on", asksForCode: true };
  if (code === "not-found") return page(404, "That is no code", [`${message}.`, fix], again);
  logProblem(thrown, { requestId, route: routeKey });
  return page(503, "It cannot be acknowledged now", ["Try again in a minute, or run: holdfast alerts ack."]);
}

/** What was typed into the form. */
function codeIn({ body = "", isBase64Encoded }: HttpEvent): string {
  const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
  return (new URLSearchParams(text).get("code") ?? "").slice(0, 100);
}
