import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient, RDSServiceException } from "@aws-sdk/client-rds";
import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import type { Environment } from "../functions/core/environment.ts";
import { keyAlias, signingKeyAlias, topicName, vaultName } from "../functions/core/names.ts";
import { Problem } from "../functions/core/problem.ts";
import { type Subscribers, subscribersAt } from "../functions/messages/subscribers.ts";
import { type Secrets, secretsAt } from "../functions/secrets/secrets.ts";
import { composeWorkflow, type WorkflowWorld } from "../functions/workflow-world.ts";
import { connect } from "../local/in-process.ts";
import { keyArn } from "../local/services/kms.ts";
import { principalArn } from "../local/services/sts.ts";
import type { Twin } from "../local/twin.ts";

/** All that any function is given. */
export type TestWorld = WorkflowWorld & { secrets: Secrets; subscribers: Subscribers };

/** The same world as a function's, in the twin: SDK clients of the region, connected in process, on the twin's clock. */
export function worldIn(twin: Twin, environment: Environment, region: string, principal = "test"): TestWorld {
  const other = region === environment.primaryRegion ? environment.recoveryRegion : environment.primaryRegion;
  const settings = {
    region,
    credentials: { accessKeyId: principal, secretAccessKey: "none" },
  };
  const s3 = { twin, service: "s3" as const, principal, errorClass: S3ServiceException };
  const arn = (severity: "page" | "notify") =>
    `arn:aws:sns:${region}:${environment.account}:${topicName(environment, severity)}`;
  const sns = connect(new SNSClient(settings), { twin, service: "sns", region, principal });
  const made = composeWorkflow({
    environment,
    region,
    vaultKeyArn: keyArn(twin, region, keyAlias(environment)),
    pageTopicArn: arn("page"),
    notifyTopicArn: arn("notify"),
    scratchSecurityGroupId: "sg-0d0d0d0d0d0d0d0d0",
    now: () => new Date(twin.clock.now()),
    clients: {
      s3: connect(new S3Client(settings), { ...s3, region }),
      otherS3: connect(new S3Client({ ...settings, region: other }), { ...s3, region: other }),
      rds: connect(bare(RDSClient), {
        twin,
        service: "rds",
        region,
        principal,
        errorClass: RDSServiceException,
      }),
      sns,
      sqs: connect(new SQSClient(settings), { twin, service: "sqs", region, principal }),
      events: connect(bare(EventBridgeClient), { twin, service: "events", region, principal }),
      kms: connect(bare(KMSClient), { twin, service: "kms", region, principal }),
      lambda: connect(bare(LambdaClient), { twin, service: "lambda", region, principal }),
      sts: connect(bare(STSClient), { twin, service: "sts", region, principal }),
    },
  });
  const secrets = bare(SecretsManagerClient);
  return {
    ...made,
    identity: wordOf(principal),
    subscribers: subscribersAt(sns, { page: arn("page"), notify: arn("notify") }),
    secrets: secretsAt(connect(secrets, { twin, service: "secretsmanager", region, principal })),
  };
}

/**
 * A client without its settings, of which nothing is asked in process but to send. To read them takes the SDK a sixteenth of
 * a simulation's time.
 */
function bare<C extends object>(client: { prototype: C }): C {
  return Object.create(client.prototype);
}

/** In process nothing is signed, so nothing is proved either: everybody is believed (test/identity has the real one). */
function wordOf(principal: string): TestWorld["identity"] {
  return {
    prove: async (purpose) => ({ headers: { principal, purpose }, body: "" }),
    async identify({ headers }, purpose) {
      if (headers.purpose === purpose) return principalArn("000000000000", headers.principal ?? "");
      throw new Problem("access-denied", `that is no proof of who wants to ${purpose}`, "Ask again.");
    },
  };
}

/** Puts up what VaultStack would: in each region a versioned vault and its key under the environment's alias. */
export async function putUpVaults(twin: Twin, environment: Environment): Promise<void> {
  for (const region of [environment.primaryRegion, environment.recoveryRegion]) {
    const call = (service: "kms" | "s3", operation: string, input: Record<string, unknown>) =>
      twin.call({ service, region, operation, input, principal: "test" });
    const key = (await call("kms", "CreateKey", {})) as { KeyMetadata: { KeyId: string } };
    await call("kms", "CreateAlias", {
      AliasName: keyAlias(environment),
      TargetKeyId: key.KeyMetadata.KeyId,
    });
    const signs = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" };
    const signing = (await call("kms", "CreateKey", signs)) as { KeyMetadata: { KeyId: string } };
    await call("kms", "CreateAlias", {
      AliasName: signingKeyAlias(environment),
      TargetKeyId: signing.KeyMetadata.KeyId,
    });
    const Bucket = vaultName(environment, region);
    await call("s3", "CreateBucket", { Bucket, CreateBucketConfiguration: { LocationConstraint: region } });
    await call("s3", "PutBucketVersioning", { Bucket, VersioningConfiguration: { Status: "Enabled" } });
  }
}
