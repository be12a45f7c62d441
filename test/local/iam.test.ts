import { beforeEach, describe, expect, test } from "vitest";
import { memoryBlobs } from "../../local/blobs.ts";
import { VirtualClock } from "../../local/clock.ts";
import { AccessControl } from "../../local/iam.ts";
import { evaluate, type Statement } from "../../local/iam-policy.ts";
import { kmsService } from "../../local/services/kms.ts";
import { rdsService } from "../../local/services/rds.ts";
import { s3Service } from "../../local/services/s3.ts";
import { type ServiceName, Twin } from "../../local/twin.ts";

const region = "eu-west-1";
const fn = `copier@${region}`;
const role = "arn:aws:iam::000000000000:role/copier-role";

let twin: Twin;
let access: AccessControl;
let keyArn: string;

const call = (principal: string, service: ServiceName, operation: string, input: Record<string, unknown>) =>
  twin.call({ service, region, operation, input, principal });
const asFunction = (service: ServiceName, operation: string, input: Record<string, unknown>) =>
  call(fn, service, operation, input);
const allow = (Action: string | string[], Resource: string | string[], Condition?: Statement["Condition"]) =>
  access.grant("copier-role", [{ Effect: "Allow", Action, Resource, ...(Condition ? { Condition } : {}) }]);

beforeEach(async () => {
  twin = new Twin({ clock: new VirtualClock() });
  for (const service of [kmsService(twin), s3Service(twin, memoryBlobs()), rdsService(twin)])
    twin.register(service);
  access = new AccessControl(twin);
  twin.interceptors.push(access.interceptor);
  access.assume(fn, role);
  const key = (await call("ann", "kms", "CreateKey", {})) as { KeyMetadata: { Arn: string; KeyId: string } };
  keyArn = key.KeyMetadata.Arn;
  await call("ann", "kms", "CreateAlias", { AliasName: "alias/vault", TargetKeyId: key.KeyMetadata.KeyId });
  for (const Bucket of ["plain", "vault"]) {
    await call("ann", "s3", "CreateBucket", {
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: region },
    });
  }
  const byDefault = { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn };
  await call("ann", "s3", "PutBucketEncryption", {
    Bucket: "vault",
    ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: byDefault }] },
  });
  await call("ann", "s3", "PutObject", { Bucket: "plain", Key: "bare", Body: "x" });
  await call("ann", "s3", "PutObject", { Bucket: "plain", Key: "tagged", Body: "x", Tagging: "kind=report" });
});

describe("a function", () => {
  test("may do nothing that its role does not allow, and is told what is missing", async () => {
    await expect(asFunction("s3", "GetObject", { Bucket: "plain", Key: "bare" })).rejects.toMatchObject({
      code: "AccessDenied",
      httpStatus: 403,
      message: expect.stringMatching(
        /copier-role is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::plain\/bare/,
      ),
    });
    expect(access.refusals).toHaveLength(1);
  });

  test("may do what its role allows, and is known to have done it", async () => {
    allow("s3:GetObject", "arn:aws:s3:::plain/*");
    await asFunction("s3", "GetObject", { Bucket: "plain", Key: "bare" });
    expect([...(access.used.get(fn) ?? [])]).toEqual(["s3:GetObject arn:aws:s3:::plain/bare"]);
  });

  test("needs the bucket's key to write where objects are encrypted with it", async () => {
    allow("s3:PutObject", "arn:aws:s3:::vault/*");
    const put = { Bucket: "vault", Key: "fact", Body: "x" };
    await expect(asFunction("s3", "PutObject", put)).rejects.toThrow(/kms:GenerateDataKey/);
    allow("kms:GenerateDataKey", `arn:aws:kms:${region}:000000000000:key/*`, {
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/vault" },
      StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` },
    });
    await asFunction("s3", "PutObject", put);
  });

  test("needs the rights on tags to copy an object that has some, and only then", async () => {
    allow("s3:GetObject", "arn:aws:s3:::plain/*");
    allow("s3:PutObject", "arn:aws:s3:::plain/*");
    const copy = (key: string) =>
      asFunction("s3", "CopyObject", { Bucket: "plain", Key: "copy", CopySource: `plain/${key}` });
    await copy("bare");
    await expect(copy("tagged")).rejects.toThrow(/s3:GetObjectTagging/);
    allow(["s3:GetObjectTagging", "s3:PutObjectTagging"], "arn:aws:s3:::plain/*");
    await copy("tagged");
  });

  test("needs a right of its own to read an older version", async () => {
    allow("s3:GetObject", "arn:aws:s3:::plain/*");
    const read = { Bucket: "plain", Key: "bare", VersionId: "null" };
    await expect(asFunction("s3", "GetObject", read)).rejects.toThrow(/s3:GetObjectVersion/);
  });

  test("hears that a key is not there only where it may list the bucket", async () => {
    allow("s3:GetObject", "arn:aws:s3:::plain/*");
    const missing = () => asFunction("s3", "GetObject", { Bucket: "plain", Key: "none" });
    await expect(missing()).rejects.toMatchObject({ code: "AccessDenied" });
    allow("s3:ListBucket", "arn:aws:s3:::plain");
    await expect(missing()).rejects.toMatchObject({ code: "NoSuchKey" });
  });

  test("is held by what the bucket's policy denies, whatever its role allows", async () => {
    allow("s3:*", "*");
    const onlyOnce: Statement = {
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::plain/catalog/*",
      Condition: { Null: { "s3:if-none-match": "true" } },
    };
    access.guard("plain", [onlyOnce]);
    const fact = { Bucket: "plain", Key: "catalog/fact", Body: "x" };
    await expect(asFunction("s3", "PutObject", fact)).rejects.toThrow(
      /explicit deny in a resource-based policy/,
    );
    await asFunction("s3", "PutObject", { ...fact, IfNoneMatch: "*" });
    await asFunction("s3", "PutObject", { ...fact, Key: "elsewhere" });
  });

  test("needs both snapshots, the tags and the key to copy an encrypted snapshot", async () => {
    const source = `arn:aws:rds:eu-central-1:000000000000:snapshot:from`;
    const target = `arn:aws:rds:${region}:000000000000:snapshot:to`;
    const copy = () =>
      asFunction("rds", "CopyDBSnapshot", {
        SourceDBSnapshotIdentifier: source,
        TargetDBSnapshotIdentifier: "to",
        KmsKeyId: keyArn,
        Tags: [{ Key: "a", Value: "b" }],
      });
    for (const [action, resource] of [
      ["rds:CopyDBSnapshot", source],
      ["rds:CopyDBSnapshot", target],
      ["rds:AddTagsToResource", target],
      ["kms:DescribeKey", keyArn],
      ["kms:CreateGrant", keyArn],
    ] as const) {
      await expect(copy()).rejects.toThrow(`not authorized to perform: ${action} on resource: ${resource}`);
      allow(action, resource);
    }
    await expect(copy()).rejects.not.toThrow(/not authorized/);
  });

  test("needs the instance, the snapshot, the groups, the tags and the key to restore an encrypted snapshot", async () => {
    const arn = (what: string) => `arn:aws:rds:${region}:000000000000:${what}`;
    const source = { DBInstanceIdentifier: "db", StorageEncrypted: true, KmsKeyId: keyArn };
    await call("ann", "rds", "CreateDBInstance", source);
    const DBSnapshotIdentifier = "snap";
    await call("ann", "rds", "CreateDBSnapshot", { DBInstanceIdentifier: "db", DBSnapshotIdentifier });
    const restore = () =>
      asFunction("rds", "RestoreDBInstanceFromDBSnapshot", {
        DBInstanceIdentifier: "drill",
        DBSnapshotIdentifier,
        DBSubnetGroupName: "isolated",
        Tags: [{ Key: "a", Value: "b" }],
      });
    for (const [action, resource] of [
      ["rds:RestoreDBInstanceFromDBSnapshot", arn("db:drill")],
      ["rds:RestoreDBInstanceFromDBSnapshot", arn("snapshot:snap")],
      ["rds:RestoreDBInstanceFromDBSnapshot", arn("og:default:*")],
      ["rds:RestoreDBInstanceFromDBSnapshot", arn("subgrp:isolated")],
      ["rds:AddTagsToResource", arn("db:drill")],
      ["kms:DescribeKey", keyArn],
      ["kms:CreateGrant", keyArn],
    ] as const) {
      await expect(restore()).rejects.toThrow(
        `not authorized to perform: ${action} on resource: ${resource}`,
      );
      allow(action, resource);
    }
    await expect(restore()).rejects.not.toThrow(/not authorized/);
  });

  test("may delete only snapshots with the tag that its right asks for", async () => {
    await call("ann", "rds", "CreateDBInstance", { DBInstanceIdentifier: "db" });
    const Tags = [{ Key: "team", Value: "red" }];
    for (const [id, more] of [
      ["ours", { Tags }],
      ["theirs", {}],
    ] as const) {
      await call("ann", "rds", "CreateDBSnapshot", {
        ...{ DBInstanceIdentifier: "db", DBSnapshotIdentifier: id },
        ...more,
      });
      (twin.clock as VirtualClock).advance(3_600_000);
    }
    allow("rds:DeleteDBSnapshot", `arn:aws:rds:${region}:000000000000:snapshot:*`, {
      StringEquals: { "aws:ResourceTag/team": "red" },
    });
    const remove = (id: string) => asFunction("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: id });
    await expect(remove("theirs")).rejects.toThrow(/not authorized to perform: rds:DeleteDBSnapshot/);
    await expect(remove("nothing")).rejects.toThrow(/not authorized/);
    await remove("ours");
  });

  test("cannot make a call whose rights nobody has written down", async () => {
    allow("*", "*");
    await expect(asFunction("rds", "CreateDBCluster", {})).rejects.toThrow(
      /no rights are known for rds:CreateDBCluster/,
    );
  });
});

test("a person's key is not restricted", async () => {
  await call("ann", "s3", "GetObject", { Bucket: "plain", Key: "bare" });
  expect(access.refusals).toEqual([]);
});

describe("a policy", () => {
  const need = {
    action: "s3:GetObject",
    resource: "arn:aws:s3:::a/b",
    context: { "aws:SourceIp": undefined, team: "red" },
  };
  const verdict = (...statements: Statement[]) => evaluate(statements, need);
  const all: Statement = { Effect: "Allow", Action: "*", Resource: "*" };
  const when = (Condition: Statement["Condition"]) =>
    verdict({ ...all, ...(Condition ? { Condition } : {}) });

  test("allows nothing by itself; one Deny outweighs every Allow", () => {
    expect(verdict()).toBe("not-allowed");
    expect(verdict(all)).toBe("allowed");
    expect(verdict(all, { Effect: "Deny", Action: "s3:Get*", Resource: "*" }, all)).toBe("denied");
  });

  test("takes actions in any case and resources as they are written", () => {
    expect(verdict({ ...all, Action: "S3:getobject" })).toBe("allowed");
    expect(verdict({ ...all, Resource: "arn:aws:s3:::A/b" })).toBe("not-allowed");
    expect(verdict({ ...all, Resource: "arn:aws:s3:::?/*" })).toBe("allowed");
    expect(verdict({ ...all, Resource: "arn:aws:s3:::a" })).toBe("not-allowed");
  });

  test("can name what it does not cover", () => {
    expect(verdict({ Effect: "Allow", NotAction: "s3:Get*", Resource: "*" })).toBe("not-allowed");
    expect(verdict({ Effect: "Allow", Action: "*", NotResource: "arn:aws:s3:::other/*" })).toBe("allowed");
  });

  test("holds only under all of its conditions", () => {
    expect(when({ StringEquals: { team: ["blue", "red"] } })).toBe("allowed");
    expect(when({ StringEquals: { team: "red", absent: "x" } })).toBe("not-allowed");
    expect(when({ StringNotEquals: { absent: "x" } })).toBe("allowed");
    expect(when({ StringNotEquals: { team: ["blue", "red"] } })).toBe("not-allowed");
    expect(when({ StringNotLike: { team: "b*" } })).toBe("allowed");
    expect(when({ StringLikeIfExists: { absent: "x" } })).toBe("allowed");
    expect(when({ "ForAnyValue:StringEquals": { absent: "x" } })).toBe("not-allowed");
    expect(when({ "ForAllValues:StringEquals": { absent: "x" } })).toBe("allowed");
    expect(when({ Null: { team: "false" } })).toBe("allowed");
  });

  test("with an operator that is not known here is refused, not guessed", () => {
    expect(() => when({ IpAddress: { "aws:SourceIp": "10.0.0.0/8" } })).toThrow(
      /not emulated: the condition operator IpAddress/,
    );
  });
});
