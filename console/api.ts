import type { ProblemAnswer } from "../functions/core/api/route.ts";
import type { Answer, Input } from "../functions/core/api/routes.ts";
import { keepServerTime } from "./clock.ts";
import { routes, type Taken } from "./routes.ts";
import { endSession, token } from "./session.ts";

/** What people are told when the API says no, or nothing. */
export type Refusal = Pick<ProblemAnswer, "status" | "title" | "detail" | "code" | "fix">;

/** The API said no, or could not be reached. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** What a schema names; what its general type adds, any name at all, is left out. */
type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

/** A member that must be given, if the contract needs something in it. */
type Given<K extends string, T> = Partial<T> extends T ? { [key in K]?: T } : { [key in K]: T };

/** What goes into a route. */
export type Asks<O extends Taken> = Given<"params", Named<Input<O>["params"]>> &
  Given<"query", Named<Input<O>["query"]>> &
  Given<"body", Named<Input<O>["body"]>>;

/** Asks the API of the region that served the console. Throws `Refused`. `key`: the same key does a thing only once. */
export async function call<O extends Taken>(
  operation: O,
  asks: Asks<O>,
  { key, signal }: { key?: string; signal?: AbortSignal } = {},
): Promise<Answer<O>> {
  const [method] = routes[operation];
  const answer = await fetch(urlOf(operation, asks), {
    method,
    ...(signal && { signal }),
    headers: {
      authorization: `Bearer ${token() ?? ""}`,
      ...(method === "POST" && {
        "content-type": "application/json",
        "idempotency-key": key ?? crypto.randomUUID(),
      }),
    },
    ...(method === "POST" && { body: JSON.stringify(asks.body ?? {}) }),
  }).catch((thrown: unknown) => {
    if (signal?.aborted) throw thrown;
    throw new Refused(silence);
  });
  keepServerTime(answer.headers.get("date"));
  if (answer.status === 401) endSession("Your session has ended.");
  const said: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw new Refused(refusalOf(answer.status, said));
  if (said === undefined) throw new Refused(silence);
  return said as Answer<O>;
}

function urlOf<O extends Taken>(operation: O, asks: Asks<O>): string {
  const params = (asks.params ?? {}) as Record<string, string>;
  const path = routes[operation][1].replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ""),
  );
  const query = new URLSearchParams(
    Object.entries((asks.query ?? {}) as Record<string, string | undefined>).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  return `/web/v1${path}${query.size > 0 ? `?${query}` : ""}`;
}

const silence: Refusal = {
  status: 0,
  title: "The API does not answer",
  detail: "Nothing came back from this region's API.",
  code: "unavailable",
  fix: "Try again; the other region's console has the same vault.",
};

/** What is no problem document comes from API Gateway itself, which has none. */
function refusalOf(status: number, said: unknown): Refusal {
  const own = (said ?? {}) as Partial<Refusal>;
  if (own.code && own.detail)
    return {
      status,
      title: own.title ?? own.code,
      detail: own.detail,
      code: own.code,
      fix: own.fix ?? "",
    };
  const [title, code, fix] =
    status === 401
      ? ["You are not signed in", "access-denied", "Sign in again."]
      : status === 403
        ? ["This is not yours to do", "access-denied", "Ask for a role in your issuer's groups."]
        : status === 429
          ? ["Too many requests", "throttled", "Wait a moment and try again."]
          : ["The API failed", "internal", "Try again; the function's log says more."];
  return { status, title, detail: `The API answered ${status}.`, code, fix };
}
