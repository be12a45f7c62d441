import type { Made, Properties, Site } from "./resource.ts";

/** A function. What it says of a network (VpcConfig) has no meaning on one machine. */
export async function makeFunction(site: Site, id: string, properties: Properties): Promise<Made> {
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
      AWS_LAMBDA_LOG_FORMAT: properties.LoggingConfig?.LogFormat ?? "Text",
      ...site.runtimeVariables(name, site.region, folder),
    },
    ...(properties.DurableConfig ? { durable: durable(properties.DurableConfig) } : {}),
    ...(properties.DeadLetterConfig ? { onFailureArn: properties.DeadLetterConfig.TargetArn } : {}),
  });
  return made;
}

/** An SQS event source of a function. */
export async function makeMapping(site: Site, id: string, properties: Properties): Promise<Made> {
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

/** A published version: another resource for other code, as CDK names it. */
export async function makeVersion(site: Site, id: string, { FunctionName }: Properties): Promise<Made> {
  const arn = functionArn(site, FunctionName);
  const version = site.lambda.publish(arn, id);
  return { ref: `${arn}:${version}`, attributes: { Version: version, FunctionArn: `${arn}:${version}` } };
}

/** An alias of a version. */
export async function makeFunctionAlias(site: Site, _id: string, properties: Properties): Promise<Made> {
  const { FunctionName, FunctionVersion, Name } = properties;
  const arn = site.lambda.alias(functionArn(site, FunctionName), Name, FunctionVersion);
  return { ref: arn, attributes: { AliasArn: arn } };
}

function functionArn({ region, account }: Site, given: string): string {
  return given.startsWith("arn:") ? given : `arn:aws:lambda:${region}:${account}:function:${given}`;
}

/** The retention is 14 days unless it is said (API reference, DurableConfig). */
function durable({ ExecutionTimeout, RetentionPeriodInDays = 14 }: Properties) {
  return { executionTimeoutSeconds: Number(ExecutionTimeout), retentionDays: Number(RetentionPeriodInDays) };
}
