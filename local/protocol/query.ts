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
  VpcSecurityGroups: "VpcSecurityGroupMembership",
  DBParameterGroups: "DBParameterGroup",
  DBClusterParameterGroups: "DBClusterParameterGroup",
  DBSubnetGroups: "DBSubnetGroup",
  Subnets: "Subnet",
  Parameters: "Parameter",
  OptionGroupMemberships: "OptionGroupMembership",
  OptionGroupsList: "OptionGroup",
  Options: "Option",
  OptionSettings: "OptionSetting",
  VpcSecurityGroupMemberships: "VpcSecurityGroupMembership",
  DBClusterMembers: "DBClusterMember",
  DBInstanceAutomatedBackups: "DBInstanceAutomatedBackup",
  DBClusterAutomatedBackups: "DBClusterAutomatedBackup",
  DBInstanceAutomatedBackupsReplications: "DBInstanceAutomatedBackupsReplication",
};

const emptyLists = new Set(["Tags", "Filters", "Attributes", "attributes", "MessageAttributes"]);

/** The AWS query protocol: RDS, SNS and STS. A form in, XML out. */
export const queryCodec: Codec = async (request, perform) => {
  const form = new URLSearchParams(await text(request.body));
  const operation = form.get("Action") ?? request.query.get("Action") ?? "";
  try {
    const output = withMaps(((await perform(operation, inputOf(form))) ?? {}) as Record<string, unknown>);
    const itemName = (list: string) => (list === "entry" ? undefined : (itemNames[list] ?? "member"));
    const result = `<${operation}Result>${members(output, itemName)}</${operation}Result>`;
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

/** Maps, which only SNS has and calls Attributes, or attributes where they are of SMS, are lists of entries on the wire. */
function withMaps(output: Record<string, unknown>): Record<string, unknown> {
  const name = ["Attributes", "attributes"].find((one) => output[one]);
  if (!name) return output;
  const entry = Object.entries(output[name] as object).map(([key, value]) => ({ key, value }));
  return { ...output, [name]: { entry } };
}

type Entry = { key?: string; Name?: string; value?: unknown; Value?: unknown };

/** A list, or the map that a list of entries is. */
function mapOf(list: Entry[]): unknown {
  const isMap = list.every(
    ({ key, Name, value, Value }) => (key ?? Name) !== undefined && (value ?? Value) !== undefined,
  );
  return isMap
    ? Object.fromEntries(list.map(({ key, Name, value, Value }) => [key ?? Name, value ?? Value]))
    : list;
}

/** `Tags.Tag.1.Key=a` as `{ Tags: [{ Key: "a" }] }`: the name before a number is only that of the list's items. */
function inputOf(form: URLSearchParams): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of form) {
    if (path === "Action" || path === "Version") continue;
    // That is how the SDK writes an empty list.
    if (value === "" && emptyLists.has(path)) continue;
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
        // Only members of the request itself are truth values; a tag or an attribute is text, whatever it says.
        at[name] = steps.length === 1 && /^(true|false)$/.test(value) ? value === "true" : value;
      else at = descend(at, name, {}) as Record<string, unknown>;
    }
  }
  for (const name of ["Attributes", "attributes", "MessageAttributes"])
    if (Array.isArray(root[name])) root[name] = mapOf(root[name] as Entry[]);
  return root;
}

function descend(at: Record<string, unknown>, name: string, otherwise: unknown): unknown {
  at[name] ??= otherwise;
  return at[name];
}
