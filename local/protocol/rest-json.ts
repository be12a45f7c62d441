import { AwsError } from "../twin.ts";
import { text } from "./body.ts";
import { seconds } from "./json.ts";
import type { Codec, WireRequest, WireResponse } from "./wire.ts";

type Input = Record<string, unknown>;
/** An operation by its method and path; the first group of the path names the resource. */
export type Route = { method: string; path: RegExp; operation: string };

/** The routes of Scheduler (its API reference); the first group of a path is the resource's name. */
const schedulerRoutes: Route[] = [
  { method: "GET", path: /^\/schedules$/, operation: "ListSchedules" },
  { method: "POST", path: /^\/schedules\/([^/]+)$/, operation: "CreateSchedule" },
  { method: "PUT", path: /^\/schedules\/([^/]+)$/, operation: "UpdateSchedule" },
  { method: "GET", path: /^\/schedules\/([^/]+)$/, operation: "GetSchedule" },
  { method: "DELETE", path: /^\/schedules\/([^/]+)$/, operation: "DeleteSchedule" },
  { method: "GET", path: /^\/schedule-groups$/, operation: "ListScheduleGroups" },
  { method: "POST", path: /^\/schedule-groups\/([^/]+)$/, operation: "CreateScheduleGroup" },
];

/** AWS's REST with JSON, for Scheduler: names in the path, filters in the query, all else in the body. */
export const schedulerCodec: Codec = async (request, perform) => {
  const body = await text(request.body);
  return answering(async () => {
    const { operation, name } = routed(schedulerRoutes, request);
    const { query } = request;
    const group = query.get("groupName") ?? query.get("ScheduleGroup");
    const prefix = query.get("NamePrefix");
    const input: Input = {
      ...JSON.parse(body || "{}"),
      ...(name === undefined ? {} : { Name: name }),
      ...(group === null ? {} : { GroupName: group }),
      ...(prefix === null ? {} : { NamePrefix: prefix }),
    };
    return json(200, seconds((await perform(operation, input)) ?? {}));
  });
};

/** The operation that a request means, and the name in its path. Throws `AwsError` for one that is not known here. */
export function routed(routes: Route[], { method, path }: WireRequest): { operation: string; name?: string } {
  for (const route of routes) {
    const found = route.method === method ? route.path.exec(path) : null;
    if (!found) continue;
    return { operation: route.operation, ...(found[1] ? { name: decodeURIComponent(found[1]) } : {}) };
  }
  throw new AwsError("NotEmulated", `not emulated: ${method} ${path}`, 501);
}

/** What `act` answers, or the error that it threw, as the protocol says it. */
export async function answering(act: () => Promise<WireResponse>): Promise<WireResponse> {
  try {
    return await act();
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    const answer = json(thrown.httpStatus, {
      Message: thrown.message,
      message: thrown.message,
      ...thrown.details,
    });
    return { ...answer, headers: { ...answer.headers, "x-amzn-errortype": thrown.code } };
  }
}

/** An answer with a JSON body. */
export function json(status: number, body: unknown): WireResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
