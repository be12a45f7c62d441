import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";

/** The SDK clients of one region. */
export type Clients = ReturnType<typeof clientsOf>;

/** Makes the clients of a region: for an endpoint that stands for AWS, or, without one, for AWS itself. */
export function clientsOf(region: string, endpoint: string | undefined) {
  // An endpoint that checks signatures is given the keys of the process's own variables.
  const named = process.env.AWS_ACCESS_KEY_ID || process.env.AWS_PROFILE;
  const settings = {
    region,
    requestHandler: { requestTimeout: 60_000 },
    ...(endpoint ? { endpoint } : {}),
    ...(endpoint && !named
      ? { credentials: { accessKeyId: "conformance", secretAccessKey: "conformance" } }
      : {}),
  };
  return {
    region,
    s3: new S3Client({ ...settings, forcePathStyle: endpoint !== undefined }),
    rds: new RDSClient(settings),
    sns: new SNSClient(settings),
    sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
    events: new EventBridgeClient(settings),
    scheduler: new SchedulerClient(settings),
    sts: new STSClient(settings),
    kms: new KMSClient(settings),
    lambda: new LambdaClient(settings),
    cloudwatch: new CloudWatchClient(settings),
  };
}
