import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { STSClient } from "@aws-sdk/client-sts";
import { drillSubnetGroup, signingKeyAlias } from "./core/names.ts";
import { readEnv } from "./env.ts";
import { type Identity, identityAt } from "./identity/identity.ts";
import { type Invoke, invokeAt } from "./invoke/invoke.ts";
import { type Signing, signingWith } from "./signing/signing.ts";
import { type Clients, compose, inputFrom, type World, type WorldInput } from "./world.ts";

/**
 * What workflows, and who starts them, are given besides the world of every task. It is apart because its clients would
 * make the bundles of all the others a sixth larger.
 */
export type WorkflowWorld = World & {
  /** The key of this region's vault that drills' certificates are signed with. */
  signing: Signing;
  /** Who runs this, and who made a proof of who they are. */
  identity: Identity;
  /** Other functions of the environment in this region. */
  invoke: Invoke;
  /** Where what is restored for a drill can do no harm; only those that restore have it. */
  scratchPlace?: { subnetGroup: string; securityGroupIds: string[] };
};

/** What of it starts workflows and asks about them, without what only they need: its clients are 40 KB less. */
export type StartingWorld = World & Pick<WorkflowWorld, "invoke">;

/** What the world of workflows is made from. */
export type WorkflowInput = WorldInput & {
  clients: Clients & { kms: KMSClient; lambda: LambdaClient; sts: STSClient };
  scratchSecurityGroupId?: string | undefined;
};

/** Puts the world of workflows together from its parts. */
export function composeWorkflow({ scratchSecurityGroupId, ...input }: WorkflowInput): WorkflowWorld {
  const { environment, clients } = input;
  return {
    ...compose(input),
    signing: signingWith(clients.kms, signingKeyAlias(environment)),
    identity: identityAt(clients.sts),
    invoke: invokeAt(environment, clients.lambda),
    ...(scratchSecurityGroupId
      ? {
          scratchPlace: {
            subnetGroup: drillSubnetGroup(environment),
            securityGroupIds: [scratchSecurityGroupId],
          },
        }
      : {}),
  };
}

/** The world of who starts workflows, in a deployed function, read like that of every task. */
export function startingWorld(variables: Record<string, string | undefined> = process.env): StartingWorld {
  const input = inputFrom(readEnv(variables));
  return { ...compose(input), invoke: invokeAt(input.environment, lambdaIn(input.region)) };
}

/** A function that is asked may take all of its quarter of an hour. */
function lambdaIn(region: string): LambdaClient {
  return new LambdaClient({ region, requestHandler: { requestTimeout: 905_000 } });
}

/** The world of workflows in a deployed function, read like that of every task. */
export function workflowWorld(variables: Record<string, string | undefined> = process.env): WorkflowWorld {
  const env = readEnv(variables);
  const input = inputFrom(env);
  const { region } = input;
  return composeWorkflow({
    ...input,
    scratchSecurityGroupId: env.HOLDFAST_SCRATCH_SECURITY_GROUP_ID,
    clients: {
      ...input.clients,
      kms: new KMSClient({ region }),
      lambda: lambdaIn(region),
      sts: new STSClient({ region }),
    },
  });
}
