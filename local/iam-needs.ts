import { lambdaNeeds } from "./iam-needs-lambda.ts";
import { restoreNeeds } from "./iam-needs-restore.ts";
import { s3Needs } from "./iam-needs-s3.ts";
import type { Need } from "./iam-policy.ts";
import { parseArn } from "./services/ids.ts";
import type { Call, Twin } from "./twin.ts";

// biome-ignore lint/suspicious/noExplicitAny: each entry reads the input of its own operation.
type Input = any;

/**
 * The rights that a call needs, after AWS's Service Authorization Reference, for every call that Lambda functions
 * make here. Throws an Error for a call that is not in the table: a right that nobody checks is not proved.
 */
export async function needsOf(twin: Twin, call: Call): Promise<Need[]> {
  if (call.service === "s3") return s3Needs(twin, call);
  const name = `${call.service}:${call.operation}`;
  const make = table[name] ?? restoreNeeds[name] ?? lambdaNeeds[name];
  if (!make)
    throw new Error(`no rights are known for ${call.service}:${call.operation}; add it to iam-needs.ts`);
  return make(call.input, { ...call, account: twin.account, twin });
}

type Where = Call & { account: string; twin: Twin };

/** A need for each of the ARNs. */
function need(action: string, ...resources: string[]): Need[] {
  return resources.map((resource) => ({ action, resource, context: {} }));
}

function rds({ region, account }: Where, kind: string, id: string | undefined): string {
  return id?.startsWith("arn:") ? id : `arn:aws:rds:${region}:${account}:${kind}:${id ?? "*"}`;
}

/** Tags on creation need AddTagsToResource too (RDS user guide, tagging). */
function tagged(input: Input, arn: string): Need[] {
  return input.Tags?.length || input.CopyTags ? need("rds:AddTagsToResource", arn) : [];
}

/**
 * What RDS needs of the caller to use a key for a copy: to see it and to grant it to RDS (RDS user guide, KMS key
 * management). What RDS then does with the key, it does by that grant.
 */
function keyFor({ KmsKeyId }: Input, { region }: Where): Need[] {
  if (!KmsKeyId) return [];
  const context = { "kms:ViaService": `rds.${region}.amazonaws.com`, "kms:GrantIsForAWSResource": "true" };
  return ["kms:DescribeKey", "kms:CreateGrant"].map((action) => ({
    action,
    resource: String(KmsKeyId),
    context,
  }));
}

/** A need on a snapshot, with its tags as condition keys (Service Authorization Reference, RDS). */
function ofTagged(where: Where, kind: string, id: string): Need[] {
  const resource = rds(where, kind, id?.toLowerCase());
  let tags: { Key: string; Value: string }[] = [];
  try {
    const list = where.twin.service("rds")?.operations.ListTagsForResource;
    tags = (list?.({ ResourceName: resource }, where) as { TagList: typeof tags } | undefined)?.TagList ?? [];
  } catch {
    // No such snapshot: the call itself will say so.
  }
  const context = Object.fromEntries(tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]));
  return [{ action: `rds:${where.operation}`, resource, context }];
}

function copy(kind: "snapshot" | "cluster-snapshot", source: string, target: string, action: string) {
  return (input: Input, where: Where): Need[] => {
    const made = rds(where, kind, input[target]);
    return [
      ...need(action, rds(where, kind, input[source]), made),
      ...tagged(input, made),
      ...keyFor(input, where),
    ];
  };
}

const queueArn = (input: Input, { region, account }: Where) =>
  `arn:aws:sqs:${region}:${account}:${String(input.QueueUrl ?? input.QueueName)
    .split("/")
    .at(-1)}`;
const busArn = (name: string | undefined, { region, account }: Where) =>
  name?.startsWith("arn:") ? name : `arn:aws:events:${region}:${account}:event-bus/${name ?? "default"}`;

const table: Record<string, (input: Input, where: Where) => Need[]> = {
  "rds:DescribeDBInstances": (input, where) =>
    need("rds:DescribeDBInstances", rds(where, "db", input.DBInstanceIdentifier)),
  "rds:DescribeDBClusters": (input, where) =>
    need("rds:DescribeDBClusters", rds(where, "cluster", input.DBClusterIdentifier)),
  "rds:DescribeDBSnapshots": (input, where) =>
    need(
      "rds:DescribeDBSnapshots",
      rds(where, "snapshot", input.DBSnapshotIdentifier),
      rds(where, "db", input.DBInstanceIdentifier),
    ),
  "rds:DescribeDBClusterSnapshots": (input, where) =>
    need(
      "rds:DescribeDBClusterSnapshots",
      rds(where, "cluster-snapshot", input.DBClusterSnapshotIdentifier),
      rds(where, "cluster", input.DBClusterIdentifier),
    ),
  "rds:DescribeAccountAttributes": () => need("rds:DescribeAccountAttributes", "*"),
  "rds:ListTagsForResource": (input) => need("rds:ListTagsForResource", input.ResourceName),
  "rds:CreateDBSnapshot": (input, where) => {
    const made = rds(where, "snapshot", input.DBSnapshotIdentifier);
    return [
      ...need("rds:CreateDBSnapshot", rds(where, "db", input.DBInstanceIdentifier), made),
      ...tagged(input, made),
    ];
  },
  "rds:CreateDBClusterSnapshot": (input, where) => {
    const made = rds(where, "cluster-snapshot", input.DBClusterSnapshotIdentifier);
    const from = rds(where, "cluster", input.DBClusterIdentifier);
    return [...need("rds:CreateDBClusterSnapshot", from, made), ...tagged(input, made)];
  },
  "rds:CopyDBSnapshot": copy(
    "snapshot",
    "SourceDBSnapshotIdentifier",
    "TargetDBSnapshotIdentifier",
    "rds:CopyDBSnapshot",
  ),
  "rds:CopyDBClusterSnapshot": copy(
    "cluster-snapshot",
    "SourceDBClusterSnapshotIdentifier",
    "TargetDBClusterSnapshotIdentifier",
    "rds:CopyDBClusterSnapshot",
  ),
  "rds:DeleteDBSnapshot": (input, where) => ofTagged(where, "snapshot", input.DBSnapshotIdentifier),
  "rds:DeleteDBClusterSnapshot": (input, where) =>
    ofTagged(where, "cluster-snapshot", input.DBClusterSnapshotIdentifier),
  "sns:Publish": ({ TopicArn, TargetArn }) => need("sns:Publish", TopicArn ?? TargetArn ?? "*"),
  "sns:ListSubscriptionsByTopic": ({ TopicArn }) => need("sns:ListSubscriptionsByTopic", TopicArn),
  ...Object.fromEntries(
    // The Service Authorization Reference names no resource type for them.
    [
      "GetSMSAttributes",
      "GetSMSSandboxAccountStatus",
      "ListSMSSandboxPhoneNumbers",
      "CheckIfPhoneNumberIsOptedOut",
    ].map((operation) => [`sns:${operation}`, () => need(`sns:${operation}`, "*")]),
  ),
  "events:PutEvents": ({ Entries = [] }, where) => [
    ...new Map(
      (Entries as { EventBusName?: string }[]).flatMap(({ EventBusName }) =>
        need("events:PutEvents", busArn(EventBusName, where)).map((one) => [one.resource, one] as const),
      ),
    ).values(),
  ],
  "sqs:SendMessage": (input, where) => need("sqs:SendMessage", queueArn(input, where)),
  "sqs:SendMessageBatch": (input, where) => need("sqs:SendMessage", queueArn(input, where)),
  "sqs:ReceiveMessage": (input, where) => need("sqs:ReceiveMessage", queueArn(input, where)),
  "sqs:DeleteMessage": (input, where) => need("sqs:DeleteMessage", queueArn(input, where)),
  "sqs:DeleteMessageBatch": (input, where) => need("sqs:DeleteMessage", queueArn(input, where)),
  "sqs:ChangeMessageVisibility": (input, where) =>
    need("sqs:ChangeMessageVisibility", queueArn(input, where)),
  "sqs:GetQueueAttributes": (input, where) => need("sqs:GetQueueAttributes", queueArn(input, where)),
  "sqs:GetQueueUrl": (input, where) => need("sqs:GetQueueUrl", queueArn(input, where)),
  "kms:DescribeKey": ({ KeyId }, { region, account }) =>
    need(
      "kms:DescribeKey",
      parseArn(KeyId).resource ? KeyId : `arn:aws:kms:${region}:${account}:key/${KeyId}`,
    ),
  // CloudWatch's metrics are no resources; of what is put the namespace is a condition (Service Authorization Reference).
  "monitoring:PutMetricData": ({ Namespace }) => [
    {
      action: "cloudwatch:PutMetricData",
      resource: "*",
      context: { "cloudwatch:namespace": String(Namespace) },
    },
  ],
  "monitoring:GetMetricData": () => need("cloudwatch:GetMetricData", "*"),
  "monitoring:ListMetrics": () => need("cloudwatch:ListMetrics", "*"),
  "monitoring:DescribeAlarms": (_input, { region, account }) =>
    need("cloudwatch:DescribeAlarms", `arn:aws:cloudwatch:${region}:${account}:alarm:*`),
  // Everybody may ask who they are (STS API reference).
  "sts:GetCallerIdentity": () => [],
};
