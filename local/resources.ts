import type { AccessControl } from "./iam.ts";
import type { Statement } from "./iam-policy.ts";
import type { Lambda } from "./services/lambda.ts";
import { AwsError, type ServiceName, type Twin } from "./twin.ts";

/** What makers work with: the twin, and the place that a resource is for. */
export type Site = {
  twin: Twin;
  lambda: Lambda;
  /** Learns the roles, their policies and the bucket policies; without it nobody is refused anything. */
  access?: AccessControl;
  account: string;
  region: string;
  stack: string;
  /** The folder of an asset by its S3 key. */
  assetFolder: (key: string) => string;
  /** The environment that Lambda itself gives a function. */
  runtimeVariables: (functionName: string, region: string, folder: string) => Record<string, string>;
  /** Invokes a custom resource's function and waits for its answer at the response URL. */
  customResource: (functionArn: string, region: string, event: Record<string, unknown>) => Promise<void>;
};

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export type Made = { ref: string; attributes: Record<string, string> };

// biome-ignore lint/suspicious/noExplicitAny: templates are data; each maker reads the properties of its type.
type Properties = any;
type Maker = (site: Site, id: string, properties: Properties, type: string) => Promise<Made>;

const nothing: Maker = async (site, id) => ({
  ref: `${site.stack}-${id}`,
  attributes: { Arn: `arn:aws:none:${site.region}:${site.account}:${id}` },
});

/** How each resource type of the stacks comes into being. What only guards or watches (policies, alarms) is a name here. */
export const makers: Record<string, Maker> = {
  "AWS::S3::Bucket": makeBucket,
  "AWS::KMS::Key": makeKey,
  "AWS::KMS::Alias": makeAlias,
  "AWS::SNS::Topic": makeTopic,
  "AWS::SNS::Subscription": makeSubscription,
  "AWS::SQS::Queue": makeQueue,
  "AWS::Lambda::Function": makeFunction,
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
  "AWS::CloudWatch::Alarm": nothing,
  "AWS::Scheduler::ScheduleGroup": makeScheduleGroup,
  "AWS::CDK::Metadata": nothing,
};

/** One call to the twin on behalf of CloudFormation; `unless` names the error of what is there already. */
async function call(
  { twin, region }: Site,
  service: ServiceName,
  operation: string,
  input: Record<string, unknown>,
  unless?: string,
): Promise<Record<string, never>> {
  try {
    return (await twin.call({ service, region, operation, input, principal: "cloudformation" })) as Record<
      string,
      never
    >;
  } catch (thrown) {
    if (thrown instanceof AwsError && thrown.code === unless) return {};
    throw thrown;
  }
}

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

async function makeFunction(site: Site, id: string, properties: Properties): Promise<Made> {
  const name = properties.FunctionName ?? `${site.stack}-${id}`;
  const arn = `arn:aws:lambda:${site.region}:${site.account}:function:${name}`;
  const made = { ref: name, attributes: { Arn: arn } };
  // CDK's own helper functions (its bucket cleaner) never run here.
  if (!properties.FunctionName) return made;
  const folder = site.assetFolder(properties.Code.S3Key);
  site.access?.assume(`${name}@${site.region}`, properties.Role);
  site.lambda.create({
    name,
    arn,
    folder,
    handler: properties.Handler,
    timeoutSeconds: properties.Timeout ?? 3,
    memoryMb: properties.MemorySize ?? 128,
    variables: {
      ...(properties.Environment?.Variables ?? {}),
      ...site.runtimeVariables(name, site.region, folder),
    },
    ...(properties.DeadLetterConfig ? { onFailureArn: properties.DeadLetterConfig.TargetArn } : {}),
  });
  return made;
}

async function makeMapping(site: Site, id: string, properties: Properties): Promise<Made> {
  site.lambda.map({
    queueArn: properties.EventSourceArn,
    functionName: properties.FunctionName,
    region: site.region,
    batch: properties.BatchSize ?? 10,
    windowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0,
    concurrency: properties.ScalingConfig?.MaximumConcurrency ?? 1_000,
  });
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
