import { AwsError } from "../twin.ts";
import { text } from "./body.ts";
import type { Codec } from "./wire.ts";
import { element, members, xmlHead } from "./xml.ts";

/** What the items of RDS's lists are called; SNS and STS call every item `member`. */
const itemNames: Record<string, string> = {
  DBInstances: "DBInstance",
  DBClusters: "DBCluster",
  DBSnapshots: "DBSnapshot",
  DBClusterSnapshots: "DBClusterSnapshot",
  TagList: "Tag",
  AccountQuotas: "AccountQuota",
};

/** The AWS query protocol: RDS, SNS and STS. A form in, XML out. */
export const queryCodec: Codec = async (request, perform) => {
  const form = new URLSearchParams(await text(request.body));
  const operation = form.get("Action") ?? request.query.get("Action") ?? "";
  try {
    const output = (await perform(operation, inputOf(form))) ?? {};
    const result = `<${operation}Result>${members(output as object, (list) => itemNames[list] ?? "member")}</${operation}Result>`;
    const body = `${xmlHead}<${operation}Response>${result}<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></${operation}Response>`;
    return { status: 200, headers: { "content-type": "text/xml" }, body };
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    const error = element("Error", {
      Type: thrown.httpStatus < 500 ? "Sender" : "Receiver",
      Code: wireCode(thrown.code),
      Message: thrown.message,
    });
    const body = `${xmlHead}<ErrorResponse>${error}<RequestId>0</RequestId></ErrorResponse>`;
    return { status: thrown.httpStatus, headers: { "content-type": "text/xml" }, body };
  }
};

/** SNS shortens some names on the wire; the SDK gives them their long form again (awsQueryError in its model). */
function wireCode(code: string): string {
  return code.replace(/^(NotFound|InvalidParameter|AuthorizationError)Exception$/, "$1");
}

/** `Tags.Tag.1.Key=a` as `{ Tags: [{ Key: "a" }] }`: the name before a number is only that of the list's items. */
function inputOf(form: URLSearchParams): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of form) {
    if (path === "Action" || path === "Version") continue;
    const steps = path.split(".");
    let at: Record<string, unknown> = root;
    for (let i = 0; i < steps.length; i++) {
      const name = steps[i] ?? "";
      const index = steps[i + 2];
      if (index !== undefined && /^\d+$/.test(index)) {
        const list = descend(at, name, []) as unknown[];
        const place = Number(index) - 1;
        if (i + 3 === steps.length) list[place] = value;
        else
          at = descend(list as unknown as Record<string, unknown>, String(place), {}) as Record<
            string,
            unknown
          >;
        i += 2;
      } else if (i + 1 === steps.length)
        at[name] = value === "true" ? true : value === "false" ? false : value;
      else at = descend(at, name, {}) as Record<string, unknown>;
    }
  }
  return root;
}

function descend(at: Record<string, unknown>, name: string, otherwise: unknown): unknown {
  at[name] ??= otherwise;
  return at[name];
}
