import type { Need } from "./iam-policy.ts";
import { keyArn } from "./services/kms.ts";
import type { rdsService } from "./services/rds.ts";
import type { Call, Twin } from "./twin.ts";

// biome-ignore lint/suspicious/noExplicitAny: each entry reads the input of its own operation.
type Input = any;
type Where = Call & { account: string; twin: Twin };

function need(action: string, ...resources: (string | undefined)[]): Need[] {
  return resources.flatMap((resource) => (resource === undefined ? [] : [{ action, resource, context: {} }]));
}

function arn({ region, account }: Where, kind: string, id: unknown): string | undefined {
  if (id === undefined) return undefined;
  return String(id).startsWith("arn:") ? String(id) : `arn:aws:rds:${region}:${account}:${kind}:${id}`;
}

/** The resource, or all of its kind where the call names none. */
const any = (where: Where, kind: string, id: unknown) => arn(where, kind, id ?? "*");

/** The groups of a call. Option and subnet group are always asked for, by their defaults' names if need be. */
function groups(where: Where, input: Input, parameterGroup: "pg" | "cluster-pg"): (string | undefined)[] {
  const named = parameterGroup === "pg" ? input.DBParameterGroupName : input.DBClusterParameterGroupName;
  return [
    arn(where, "og", input.OptionGroupName ?? "default:*"),
    arn(where, "subgrp", input.DBSubnetGroupName ?? "default"),
    arn(where, parameterGroup, named),
  ];
}

/** A need on a database, with its tags as condition keys (Service Authorization Reference, RDS). */
function ofDatabase(where: Where, action: string, kind: "db" | "cluster", id: unknown): Need[] {
  const resource = arn(where, kind, String(id).toLowerCase());
  const rds = where.twin.service("rds") as ReturnType<typeof rdsService> | undefined;
  const tags = rds?.state.databases.get(resource ?? "")?.tags ?? [];
  const context = Object.fromEntries(tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]));
  return need(action, resource).map((one) => ({ ...one, context }));
}

function tagged(input: Input, made: string | undefined): Need[] {
  return input.Tags?.length ? asked(input, need("rds:AddTagsToResource", made)) : [];
}

/** Needs with the tags that a call gives, as condition keys. */
function asked({ Tags = [] }: Input, needs: Need[]): Need[] {
  const given = Object.fromEntries(
    (Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]),
  );
  return needs.map((one) => ({ ...one, context: { ...one.context, ...given } }));
}

/** Needs with the tags that their resource has, as condition keys. */
function withTags({ twin }: Where, needs: Need[]): Need[] {
  const rds = twin.service("rds") as ReturnType<typeof rdsService> | undefined;
  return needs.map((one) => {
    const found = rds?.state.databases.get(one.resource) ?? rds?.state.groups.get(one.resource);
    const tags = (found?.tags ?? []).map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]);
    return { ...one, context: { ...one.context, ...Object.fromEntries(tags) } };
  });
}

/** RDS makes the secret with the rights of the caller (RDS user guide, permissions for Secrets Manager integration). */
function managed(input: Input, { region, account }: Where): Need[] {
  if (input.ManageMasterUserPassword !== true) return [];
  const made = `arn:aws:secretsmanager:${region}:${account}:secret:rds!*`;
  return ["secretsmanager:CreateSecret", "secretsmanager:TagResource"].flatMap((action) =>
    need(action, made),
  );
}

/** RDS takes a key into use by a grant that the caller must be allowed to give (RDS user guide, KMS key management). */
function key({ region }: Where, keyId: string | undefined): Need[] {
  if (!keyId) return [];
  const context = { "kms:ViaService": `rds.${region}.amazonaws.com`, "kms:GrantIsForAWSResource": "true" };
  return ["kms:DescribeKey", "kms:CreateGrant"].map((action) => ({ action, resource: keyId, context }));
}

/** The key of what a restore reads, unless the call names another. */
function keyOf(where: Where, input: Input, sourceArn: string | undefined): Need[] {
  const rds = where.twin.service("rds") as ReturnType<typeof rdsService> | undefined;
  const source =
    rds?.state.snapshots.get(sourceArn ?? "") ??
    rds?.state.backups.get(sourceArn ?? "") ??
    rds?.state.databases.get(sourceArn ?? "");
  return key(where, input.KmsKeyId ?? source?.keyArn);
}

function restore(
  action: string,
  of: { made: string; from: (input: Input, where: Where) => string | undefined },
) {
  const cluster = action.includes("Cluster");
  return (input: Input, where: Where): Need[] => {
    const made = arn(where, cluster ? "cluster" : "db", input[of.made]);
    const from = of.from(input, where);
    return [
      ...asked(
        input,
        need(`rds:${action}`, made, from, ...groups(where, input, cluster ? "cluster-pg" : "pg")),
      ),
      ...tagged(input, made),
      ...keyOf(where, input, from),
    ];
  };
}

/** One resource, named by one member. */
const one = (action: string, kind: string, member: string) => (input: Input, where: Where) =>
  need(`rds:${action}`, any(where, kind, input[member]));
const tags = (action: string) => (input: Input, where: Where) =>
  asked(input, withTags(where, need(`rds:${action}`, input.ResourceName)));
/** One group that carries tags. */
const group = (action: string, kind: string, member: string) => (input: Input, where: Where) =>
  withTags(where, need(`rds:${action}`, any(where, kind, String(input[member]).toLowerCase())));

type Secret = { arn: string; keyId?: string; tags?: Record<string, string> };

function secret({ region, account, twin }: Where, given: string): Secret {
  const call = {
    service: "secretsmanager",
    region,
    operation: "DescribeSecret",
    input: {},
    principal: "aws",
  };
  try {
    const found = twin
      .service("secretsmanager")
      ?.operations.DescribeSecret?.({ SecretId: given }, call as Call);
    const { ARN = given, KmsKeyId, Tags = [] } = found as Described;
    const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]));
    return { arn: ARN, tags, ...(KmsKeyId ? { keyId: keyArn(twin, region, KmsKeyId) } : {}) };
  } catch {
    const named = `arn:aws:secretsmanager:${region}:${account}:secret:${given}-??????`;
    return { arn: given.startsWith("arn:") ? given : named };
  }
}

type Described = { ARN?: string; KmsKeyId?: string; Tags?: { Key: string; Value: string }[] };

/** A secret under a key of one's own needs that key too (Secrets Manager user guide, encryption). */
const ofSecret = (action: string, keyAction?: string) => (input: Input, where: Where) => {
  const { arn: resource, keyId, tags = {} } = secret(where, String(input.SecretId ?? input.Name));
  const context = { "kms:ViaService": `secretsmanager.${where.region}.amazonaws.com` };
  return [
    { action: `secretsmanager:${action}`, resource, context: tags },
    ...(keyId && keyAction ? [{ action: `kms:${keyAction}`, resource: keyId, context }] : []),
  ];
};

const ofKey = (action: string) => (input: Input, where: Where) =>
  need(`kms:${action}`, keyArn(where.twin, where.region, String(input.KeyId)));

/** What restores and drills call: the rights of each, after AWS's Service Authorization Reference. */
export const restoreNeeds: Record<string, (input: Input, where: Where) => Need[]> = {
  "rds:RestoreDBInstanceFromDBSnapshot": restore("RestoreDBInstanceFromDBSnapshot", {
    made: "DBInstanceIdentifier",
    from: (input, where) => arn(where, "snapshot", input.DBSnapshotIdentifier),
  }),
  "rds:RestoreDBInstanceToPointInTime": restore("RestoreDBInstanceToPointInTime", {
    made: "TargetDBInstanceIdentifier",
    from: (input, where) =>
      input.SourceDBInstanceAutomatedBackupsArn ?? any(where, "db", input.SourceDBInstanceIdentifier),
  }),
  "rds:RestoreDBClusterFromSnapshot": restore("RestoreDBClusterFromSnapshot", {
    made: "DBClusterIdentifier",
    from: (input, where) => arn(where, "cluster-snapshot", input.SnapshotIdentifier),
  }),
  "rds:RestoreDBClusterToPointInTime": restore("RestoreDBClusterToPointInTime", {
    made: "DBClusterIdentifier",
    from: (input, where) =>
      input.SourceDbClusterResourceId
        ? any(where, "cluster-auto-backup", undefined)
        : any(where, "cluster", input.SourceDBClusterIdentifier),
  }),
  "rds:CreateDBInstance": (input, where) => {
    const made = arn(where, "db", input.DBInstanceIdentifier);
    const cluster = arn(where, "cluster", input.DBClusterIdentifier);
    return [
      ...asked(input, need("rds:CreateDBInstance", made, cluster, ...groups(where, input, "pg"))),
      ...tagged(input, made),
      ...key(where, input.KmsKeyId),
    ];
  },
  "rds:ModifyDBInstance": (input, where) => [
    ...ofDatabase(where, "rds:ModifyDBInstance", "db", input.DBInstanceIdentifier),
    ...need(
      "rds:ModifyDBInstance",
      arn(where, "db", input.NewDBInstanceIdentifier),
      arn(where, "og", input.OptionGroupName),
      arn(where, "pg", input.DBParameterGroupName),
      arn(where, "subgrp", input.DBSubnetGroupName),
    ),
    ...managed(input, where),
  ],
  "rds:ModifyDBCluster": (input, where) => [
    ...ofDatabase(where, "rds:ModifyDBCluster", "cluster", input.DBClusterIdentifier),
    ...need(
      "rds:ModifyDBCluster",
      arn(where, "cluster", input.NewDBClusterIdentifier),
      arn(where, "og", input.OptionGroupName),
      arn(where, "cluster-pg", input.DBClusterParameterGroupName),
    ),
    ...managed(input, where),
  ],
  "rds:DeleteDBInstance": (input, where) => {
    const final = arn(where, "snapshot", input.FinalDBSnapshotIdentifier);
    const db = arn(where, "db", input.DBInstanceIdentifier);
    const own = ofDatabase(where, "rds:DeleteDBInstance", "db", input.DBInstanceIdentifier);
    return [...own, ...(final ? need("rds:CreateDBSnapshot", db, final) : [])];
  },
  "rds:DeleteDBCluster": (input, where) => {
    const final = arn(where, "cluster-snapshot", input.FinalDBSnapshotIdentifier);
    const cluster = arn(where, "cluster", input.DBClusterIdentifier);
    const snapshot = final ? need("rds:CreateDBClusterSnapshot", cluster, final) : [];
    const own = ofDatabase(where, "rds:DeleteDBCluster", "cluster", input.DBClusterIdentifier);
    return [...own, ...need("rds:DeleteDBCluster", final), ...snapshot];
  },
  "rds:RebootDBInstance": one("RebootDBInstance", "db", "DBInstanceIdentifier"),
  "rds:AddTagsToResource": tags("AddTagsToResource"),
  "rds:RemoveTagsFromResource": tags("RemoveTagsFromResource"),
  "rds:DescribeDBInstanceAutomatedBackups": (input, where) =>
    need(
      "rds:DescribeDBInstanceAutomatedBackups",
      any(where, "auto-backup", input.DBInstanceAutomatedBackupsArn),
      any(where, "db", input.DBInstanceIdentifier),
    ),
  "rds:DescribeDBClusterAutomatedBackups": (input, where) =>
    need(
      "rds:DescribeDBClusterAutomatedBackups",
      any(where, "cluster-auto-backup", undefined),
      any(where, "cluster", input.DBClusterIdentifier),
    ),
  "rds:DeleteDBClusterAutomatedBackup": (_, where) =>
    need("rds:DeleteDBClusterAutomatedBackup", any(where, "cluster-auto-backup", undefined)),
  "rds:StartDBInstanceAutomatedBackupsReplication": (input, where) => [
    ...need(
      "rds:StartDBInstanceAutomatedBackupsReplication",
      any(where, "auto-backup", undefined),
      input.SourceDBInstanceArn,
    ),
    ...tagged(input, any(where, "auto-backup", undefined)),
    ...key(where, input.KmsKeyId),
  ],
  "rds:StopDBInstanceAutomatedBackupsReplication": (input) =>
    need("rds:StopDBInstanceAutomatedBackupsReplication", input.SourceDBInstanceArn),
  "rds:DeleteDBInstanceAutomatedBackup": one(
    "DeleteDBInstanceAutomatedBackup",
    "auto-backup",
    "DBInstanceAutomatedBackupsArn",
  ),
  ...Object.assign(
    {},
    ...["Create", "Delete"].flatMap((verb) => groupCalls(verb, "")),
    ...groupCalls("Describe", "s"),
  ),
  "rds:DescribeDBParameters": one("DescribeDBParameters", "pg", "DBParameterGroupName"),
  "rds:ModifyDBParameterGroup": group("ModifyDBParameterGroup", "pg", "DBParameterGroupName"),
  "rds:ModifyOptionGroup": group("ModifyOptionGroup", "og", "OptionGroupName"),
  "rds:DescribeDBClusterParameters": one(
    "DescribeDBClusterParameters",
    "cluster-pg",
    "DBClusterParameterGroupName",
  ),
  "rds:ModifyDBClusterParameterGroup": group(
    "ModifyDBClusterParameterGroup",
    "cluster-pg",
    "DBClusterParameterGroupName",
  ),
  "kms:Sign": ofKey("Sign"),
  "kms:Verify": ofKey("Verify"),
  "kms:GetPublicKey": ofKey("GetPublicKey"),
  "secretsmanager:CreateSecret": ofSecret("CreateSecret"),
  "secretsmanager:GetSecretValue": ofSecret("GetSecretValue", "Decrypt"),
  "secretsmanager:PutSecretValue": ofSecret("PutSecretValue", "GenerateDataKey"),
  "secretsmanager:DescribeSecret": ofSecret("DescribeSecret"),
  "secretsmanager:DeleteSecret": ofSecret("DeleteSecret"),
  "secretsmanager:ListSecrets": () => need("secretsmanager:ListSecrets", "*"),
  "secretsmanager:GetRandomPassword": () => need("secretsmanager:GetRandomPassword", "*"),
};

function groupCalls(verb: string, plural: string) {
  const kinds = [
    ["DBSubnetGroup", "subgrp", "DBSubnetGroupName"],
    ["DBParameterGroup", "pg", "DBParameterGroupName"],
    ["DBClusterParameterGroup", "cluster-pg", "DBClusterParameterGroupName"],
    ["OptionGroup", "og", "OptionGroupName"],
  ] as const;
  return kinds.map(([noun, kind, member]) => {
    const action = `${verb}${noun}${plural}`;
    return {
      [`rds:${action}`]: (input: Input, where: Where) => {
        const resource = any(where, kind, input[member] && String(input[member]).toLowerCase());
        const own = asked(input, withTags(where, need(`rds:${action}`, resource)));
        return [...own, ...tagged(input, resource)];
      },
    };
  });
}
