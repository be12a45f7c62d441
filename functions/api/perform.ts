import type { ApiWorld } from "../api-world.ts";
import type { Caller } from "../core/api/caller.ts";
import { mayTake } from "../core/api/route.ts";
import { type Answer, type Input, type Operation, routes } from "../core/api/routes.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { audit } from "./audit-log.ts";
import { Once } from "./idempotency.ts";
import type { Change, Look } from "./operation.ts";
import { changes, looks } from "./operations.ts";
import { forOutside } from "./problem.ts";

/**
 * Performs an operation for a caller: the only way to one, from the API and from a command line that breaks the glass.
 * What changes something is in the audit log before it is done; what was refused is not done and changes nothing. `key`:
 * by which the same request is known if it comes again. `unwritten`: hears that the audit log cannot be written, which then
 * stops nobody: only who breaks the glass acts all the same. Throws `Problem`.
 */
export async function perform<O extends Operation>(
  operation: O,
  input: Input<O>,
  world: ApiWorld,
  caller: Caller,
  { key, unwritten }: { key?: string | undefined; unwritten?: (problem: Problem) => void } = {},
): Promise<Answer<O>> {
  const { role } = routes[operation];
  if (!mayTake(caller.role, role)) {
    const fix = `Ask somebody who is ${role} to do it, or an administrator to make you one.`;
    throw new Problem(
      "access-denied",
      `${operation} is for the role ${role}, and you are ${caller.role}`,
      fix,
    );
  }
  const look = looks[operation] as Look<O> | undefined;
  if (look) return look(input, { world, caller });
  const change = changes[operation] as Change<O> | undefined;
  if (!change) throw new Problem("unsupported", `${operation} is not served yet`, "Use the command line.");
  const once = key === undefined ? undefined : new Once({ who: caller.who, operation, key, input }, world);
  const { answer: known, since } = (await once?.before()) ?? {};
  if (known) return known.body as Answer<O>;
  const { target, act } = await change(input, { world, caller, ...(since ? { since } : {}) });
  await once?.begin();
  const about = { who: caller.who, what: operation, target, from: caller.from };
  let answer: Answer<O>;
  try {
    await audit({ ...about, outcome: "accepted" }, world).catch((thrown: unknown) => {
      if (!unwritten) throw thrown;
      unwritten(asProblem(thrown));
    });
    answer = await act();
  } catch (thrown) {
    // What AWS said is for the log; the chain, which every viewer may read, says that it came to nothing.
    const { code, message } = forOutside(asProblem(thrown));
    const why = code === "internal" ? "" : `: ${message}`;
    const outcome = `failed (${code})${why}`.slice(0, 300);
    // Who asked is to hear what went wrong first, though this goes wrong too.
    await Promise.allSettled([once?.fail(), audit({ ...about, outcome }, world)]);
    throw thrown;
  }
  await once?.end(answer);
  return answer;
}

/** What came with a request, by the schemas of its operation. Throws `Problem` invalid that names what is not right. */
export function inputOf<O extends Operation>(
  operation: O,
  given: { params: unknown; query: unknown; body: unknown },
): Input<O> {
  const { params, query, body } = routes[operation];
  const parsed = {
    params: params.safeParse(given.params),
    query: query.safeParse(given.query),
    body: body.safeParse(given.body),
  };
  const mistakes = Object.entries(parsed).flatMap(([where, { error }]) =>
    (error?.issues ?? []).map(({ path, message }) => `${[where, ...path].join(".")}: ${message}`),
  );
  if (mistakes.length > 0)
    throw new Problem(
      "invalid",
      mistakes.slice(0, 5).join("; "),
      "See the OpenAPI document: /v1/openapi.json.",
    );
  return {
    params: parsed.params.data,
    query: parsed.query.data,
    body: parsed.body.data,
  } as Input<O>;
}
