import type { Statement } from "./iam-policy.ts";
import { call, type Made, type Maker, nothing, type Properties, type Site } from "./resource.ts";
import { apiMakers } from "./resources-api.ts";
import { cloudWatchMakers } from "./resources-cloudwatch.ts";
import { makeFunction, makeFunctionAlias, makeMapping, makeVersion } from "./resources-lambda.ts";
import { networkMakers } from "./resources-network.ts";

/** How each resource type of the stacks comes into being. What only guards (policies) is a name here. */
export const makers: Record<string, Maker> = {
  "AWS::S3::Bucket": makeBucket,
  "AWS::KMS::Key": makeKey,
  "AWS::KMS::Alias": makeAlias,
  "AWS::SNS::Topic": makeTopic,
  "AWS::SNS::Subscription": makeSubscription,
  "AWS::SQS::Queue": makeQueue,
  "AWS::Lambda::Function": makeFunction,
  "AWS::Lambda::Version": makeVersion,
  "AWS::Lambda::Alias": makeFunctionAlias,
  "AWS::Lambda::EventSourceMapping": makeMapping,
  "AWS::Events::EventBus": makeBus,
  "AWS::Events::Rule": makeRule,
  "AWS::Scheduler::Schedule": makeSchedule,
  "Custom::HoldfastBucketEvents": makeCustom,
  // Empties a bucket when its stack is deleted; nothing deletes stacks here.
  "Custom::S3AutoDeleteObjects": nothing,
  "AWS::IAM::Role": makeRole,
  "AWS::IAM::Policy": makePolicy,
  "AWS::S3::BucketPolicy": makeBucketPolicy,
  "AWS::SNS::TopicPolicy": nothing,
  "AWS::SQS::QueuePolicy": nothing,
  "AWS::Lambda::Permission": nothing,
  "AWS::Lambda::EventInvokeConfig": nothing,
  "AWS::Logs::LogGroup": nothing,
  "AWS::Scheduler::ScheduleGroup": makeScheduleGroup,
  "AWS::CDK::Metadata": nothing,
  ...cloudWatchMakers,
  ...networkMakers,
  ...apiMakers,
};

async function makeBucket(site: Site, _id: string, properties: Properties): Promise<Made> {
  const Bucket = properties.BucketName as string;
  const lock = properties.ObjectLockEnabled === true;
  const create = {
    Bucket,
    CreateBucketConfiguration: { LocationConstraint: site.region },
    ObjectLockEnabledForBucket: lock,
  };
  await call(site, "s3", "CreateBucket", create, "BucketAlreadyOwnedByYou");
  if (properties.VersioningConfiguration) {
    const Status = properties.VersioningConfiguration.Status;
    await call(site, "s3", "PutBucketVersioning", { Bucket, VersioningConfiguration: { Status } });
  }
  const [encryption] = properties.BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  if (encryption) {
    const { SSEAlgorithm, KMSMasterKeyID } = encryption.ServerSideEncryptionByDefault;
    const rule = {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm, KMSMasterKeyID },
      BucketKeyEnabled: encryption.BucketKeyEnabled,
    };
    await call(site, "s3", "PutBucketEncryption", {
      Bucket,
      ServerSideEncryptionConfiguration: { Rules: [rule] },
    });
  }
  if (properties.NotificationConfiguration?.EventBridgeConfiguration) {
    const NotificationConfiguration = { EventBridgeConfiguration: {} };
    await call(site, "s3", "PutBucketNotificationConfiguration", { Bucket, NotificationConfiguration });
  }
  const retention = properties.ObjectLockConfiguration?.Rule;
  if (retention) {
    const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule: retention };
    await call(site, "s3", "PutObjectLockConfiguration", { Bucket, ObjectLockConfiguration });
  }
  return { ref: Bucket, attributes: { Arn: `arn:aws:s3:::${Bucket}` } };
}

/** A key is known again by its description, which names stack and resource, so that a restart finds its own. */
async function makeKey(site: Site, id: string, { KeySpec, KeyUsage }: Properties): Promise<Made> {
  const name = `${site.stack}/${id}`;
  const { Keys = [] } = (await call(site, "kms", "ListKeys", {})) as { Keys?: { KeyId: string }[] };
  for (const { KeyId } of Keys) {
    const { KeyMetadata } = (await call(site, "kms", "DescribeKey", { KeyId })) as unknown as {
      KeyMetadata: { Arn: string; Description: string };
    };
    if (KeyMetadata.Description === name) return { ref: KeyId, attributes: { Arn: KeyMetadata.Arn, KeyId } };
  }
  const input = { Description: name, KeySpec, KeyUsage };
  const { KeyMetadata } = (await call(site, "kms", "CreateKey", input)) as unknown as {
    KeyMetadata: { Arn: string; KeyId: string };
  };
  return { ref: KeyMetadata.KeyId, attributes: { Arn: KeyMetadata.Arn, KeyId: KeyMetadata.KeyId } };
}

async function makeAlias(site: Site, _id: string, { AliasName, TargetKeyId }: Properties): Promise<Made> {
  await call(site, "kms", "CreateAlias", { AliasName, TargetKeyId });
  return { ref: AliasName, attributes: {} };
}

async function makeTopic(site: Site, _id: string, { TopicName }: Properties): Promise<Made> {
  const { TopicArn } = await call(site, "sns", "CreateTopic", { Name: TopicName });
  return { ref: String(TopicArn), attributes: { TopicArn: String(TopicArn), TopicName } };
}

async function makeSubscription(
  site: Site,
  _id: string,
  { TopicArn, Protocol, Endpoint }: Properties,
): Promise<Made> {
  const { SubscriptionArn } = await call(site, "sns", "Subscribe", {
    TopicArn,
    Protocol,
    Endpoint,
    ReturnSubscriptionArn: true,
  });
  return { ref: String(SubscriptionArn), attributes: {} };
}

async function makeQueue(site: Site, _id: string, properties: Properties): Promise<Made> {
  const { QueueName, VisibilityTimeout = 30, MessageRetentionPeriod = 345_600, RedrivePolicy } = properties;
  const Attributes = {
    VisibilityTimeout: String(VisibilityTimeout),
    MessageRetentionPeriod: String(MessageRetentionPeriod),
    ...(RedrivePolicy ? { RedrivePolicy: JSON.stringify(RedrivePolicy) } : {}),
  };
  const { QueueUrl } = await call(site, "sqs", "CreateQueue", { QueueName, Attributes });
  return {
    ref: String(QueueUrl),
    attributes: { Arn: `arn:aws:sqs:${site.region}:${site.account}:${QueueName}`, QueueName },
  };
}

async function makeRole(site: Site, id: string, { RoleName, Policies = [] }: Properties): Promise<Made> {
  const name = RoleName ?? `${site.stack}-${id}`;
  for (const { PolicyDocument } of Policies) site.access?.grant(name, PolicyDocument.Statement);
  return { ref: name, attributes: { Arn: `arn:aws:iam::${site.account}:role/${name}`, RoleId: name } };
}

async function makePolicy(site: Site, id: string, properties: Properties): Promise<Made> {
  const statements = properties.PolicyDocument.Statement as Statement[];
  for (const role of properties.Roles ?? []) site.access?.grant(role, statements);
  return { ref: id, attributes: {} };
}

async function makeBucketPolicy(site: Site, id: string, properties: Properties): Promise<Made> {
  site.access?.guard(properties.Bucket, properties.PolicyDocument.Statement as Statement[]);
  return { ref: id, attributes: {} };
}

async function makeBus(site: Site, _id: string, { Name }: Properties): Promise<Made> {
  await call(site, "events", "CreateEventBus", { Name }, "ResourceAlreadyExistsException");
  const Arn = `arn:aws:events:${site.region}:${site.account}:event-bus/${Name}`;
  return { ref: Name, attributes: { Arn, Name } };
}

async function makeRule(site: Site, id: string, properties: Properties): Promise<Made> {
  const Name = properties.Name ?? `${site.stack}-${id}`;
  const EventBusName = properties.EventBusName;
  const EventPattern = JSON.stringify(properties.EventPattern);
  const { RuleArn } = await call(site, "events", "PutRule", { Name, EventBusName, EventPattern });
  await call(site, "events", "PutTargets", { Rule: Name, EventBusName, Targets: properties.Targets ?? [] });
  return { ref: Name, attributes: { Arn: String(RuleArn) } };
}

async function makeSchedule(site: Site, id: string, properties: Properties): Promise<Made> {
  const Name = properties.Name ?? `${site.stack}-${id}`;
  const group = properties.GroupName ?? "default";
  const arn = `arn:aws:scheduler:${site.region}:${site.account}:schedule/${group}/${Name}`;
  await call(site, "scheduler", "CreateSchedule", { ...properties, Name }, "ConflictException");
  return { ref: Name, attributes: { Arn: arn } };
}

async function makeScheduleGroup(site: Site, _id: string, { Name }: Properties): Promise<Made> {
  await call(site, "scheduler", "CreateScheduleGroup", { Name }, "ConflictException");
  const Arn = `arn:aws:scheduler:${site.region}:${site.account}:schedule-group/${Name}`;
  return { ref: Name, attributes: { Arn } };
}

async function makeCustom(site: Site, id: string, properties: Properties, type: string): Promise<Made> {
  const event = {
    RequestType: "Create",
    ResourceType: type,
    LogicalResourceId: id,
    StackId: site.stack,
    ResourceProperties: properties,
  };
  await site.customResource(properties.ServiceToken, site.region, event);
  return { ref: id, attributes: {} };
}
