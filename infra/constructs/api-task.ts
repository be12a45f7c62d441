import { Duration, Stack } from "aws-cdk-lib";
import { type Environment, otherRegion } from "../../functions/core/environment.ts";
import { busName, durableAlias, functionName, vaultName } from "../../functions/core/names.ts";
import { Api } from "./api.ts";
import { bucketArn, regionalArn } from "./arns.ts";
import type { ControlPlane } from "./control-plane.ts";
import { RestoreAccess } from "./restore-access.ts";
import type { Task } from "./task.ts";
import { allowVaultKeyElsewhere, grantMirrorFrom } from "./vault.ts";

/**
 * One region's API and the function that answers it. It reads and writes facts, and starts what people ask for; of what is
 * protected it may change nothing itself.
 */
export function addApi(plane: ControlPlane, environment: Environment): Api {
  const { region } = Stack.of(plane);
  const there = otherRegion(environment, region);
  const api = new Api(plane, "HttpApi", { environment });
  const task = plane.addTask("api", {
    // An HTTP API waits for no longer.
    timeout: Duration.seconds(30),
    memoryMiB: 1_024,
    variables: { HOLDFAST_SIGN_IN: Stack.of(plane).toJsonString(api.signIn) },
  });
  plane.grantCatalog(task);
  plane.grantRemember(task);
  grantMirrorFrom(environment, there, task);
  grantAskElsewhere(environment, there, task);
  for (const each of [region, there]) {
    grantStart(environment, each, task);
    new RestoreAccess(environment, each).grantPlanRestores(task);
  }
  // A certificate is held against what its drill found, which lies in the vault of the region where it ran.
  const found = bucketArn(environment, vaultName(environment, environment.recoveryRegion), "fingerprints/*");
  task.allow(["s3:GetObject"], [found], { why: "Which drills there will be is not known at synth." });
  // It sends a message down every channel when somebody wants to know whether that arrives.
  const channels = `function:${functionName(environment, "channels")}`;
  task.allow(
    ["lambda:InvokeFunction"],
    [region, there].map((each) => regionalArn(environment, "lambda", each, channels)),
  );
  api.serveBy(task);
  return api;
}

/** Lets the task have done in the other region what only can be done there: a look at an archive, the end of a restore. */
function grantAskElsewhere(environment: Environment, there: string, task: Task): void {
  task.allow(
    ["events:PutEvents"],
    [regionalArn(environment, "events", there, `event-bus/${busName(environment)}`)],
  );
  const restores = bucketArn(environment, vaultName(environment, there), "catalog/restores/*");
  task.allow(["s3:PutObject"], [restores], { why: "Which restores there will be is not known at synth." });
  allowVaultKeyElsewhere(environment, there, task, ["kms:GenerateDataKey"]);
}

/** Lets the task start restores and drills, and answer those of them that wait for an approval. */
function grantStart(environment: Environment, region: string, task: Task): void {
  const drills = region === environment.recoveryRegion && environment.sources.some(({ plan }) => plan.drill);
  const started = drills ? ["restore", "drill"] : ["restore"];
  const lambda = (rest: string) => regionalArn(environment, "lambda", region, `function:${rest}`);
  task.allow(
    ["lambda:InvokeFunction"],
    started.map((one) => lambda(`${functionName(environment, one)}:${durableAlias}`)),
  );
  task.allow(
    ["lambda:GetDurableExecution"],
    started.map((one) => lambda(`${functionName(environment, one)}:*`)),
    { why: whyExecutions },
  );
  task.allow(
    ["lambda:SendDurableExecutionCallbackFailure", "lambda:SendDurableExecutionCallbackSuccess"],
    [lambda(`${functionName(environment, "restore")}:*`)],
    { why: whyExecutions },
  );
}

const whyExecutions = "Lambda checks them against an execution's ARN, with its version, name and id in it.";
