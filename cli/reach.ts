import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { awsProblem } from "../functions/core/aws-error.ts";
import { type Environment, otherRegion } from "../functions/core/environment.ts";
import { keyAlias, partitionOf, topicName } from "../functions/core/names.ts";
import { Problem } from "../functions/core/problem.ts";
import { composeWorkflow, type WorkflowWorld as World } from "../functions/workflow-world.ts";

/** How the CLI reaches AWS; tests reach a stand-in in its place. */
export type Reach = {
  /** The account of whoever calls, as the region's STS says. Throws `Problem`. */
  account(region: string): Promise<string>;
  /** The world of an environment in one of its regions. */
  world(environment: Environment, region: string): World;
};

// A region that is away must not hold up what the other one can answer.
const patience = { maxAttempts: 2, requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000 } };

/** Reaches AWS, or whatever AWS_ENDPOINT_URL points to, with the SDK's own search for credentials. */
export const awsReach: Reach = {
  async account(region) {
    try {
      const client = new STSClient({ region, ...patience });
      return (await client.send(new GetCallerIdentityCommand({}))).Account ?? "";
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === "CredentialsProviderError") {
        const fix = "Set AWS_PROFILE, or log in with: aws sso login.";
        throw new Problem("access-denied", "No AWS credentials were found", fix, thrown);
      }
      throw awsProblem(thrown, `STS in ${region}`);
    }
  },
  world(environment, region) {
    const settings = { region, ...patience };
    const arn = (service: string, rest: string) =>
      `arn:${partitionOf(region)}:${service}:${region}:${environment.account}:${rest}`;
    return composeWorkflow({
      environment,
      region,
      vaultKeyArn: arn("kms", keyAlias(environment)),
      pageTopicArn: arn("sns", topicName(environment, "page")),
      notifyTopicArn: arn("sns", topicName(environment, "notify")),
      clients: {
        s3: new S3Client(settings),
        otherS3: new S3Client({ ...settings, region: otherRegion(environment, region) }),
        rds: new RDSClient(settings),
        sns: new SNSClient(settings),
        sqs: new SQSClient(settings),
        events: new EventBridgeClient(settings),
        kms: new KMSClient(settings),
        lambda: new LambdaClient(settings),
        sts: new STSClient(settings),
      },
    });
  },
};
