/*
 * What bundles find in the place of @aws-sdk/client-lambda (infra/constructs/bundles.ts). The durable SDK loads that
 * module by a dynamic import, of which no bundler can leave out what is not used: 90 KB of other calls. The paths are
 * relative, because the package's own name leads back here.
 */
export { CheckpointDurableExecutionCommand } from "../node_modules/@aws-sdk/client-lambda/dist-es/commands/CheckpointDurableExecutionCommand.js";
export { GetDurableExecutionCommand } from "../node_modules/@aws-sdk/client-lambda/dist-es/commands/GetDurableExecutionCommand.js";
export { GetDurableExecutionStateCommand } from "../node_modules/@aws-sdk/client-lambda/dist-es/commands/GetDurableExecutionStateCommand.js";
export { InvokeCommand } from "../node_modules/@aws-sdk/client-lambda/dist-es/commands/InvokeCommand.js";
export { SendDurableExecutionCallbackFailureCommand } from "../node_modules/@aws-sdk/client-lambda/dist-es/commands/SendDurableExecutionCallbackFailureCommand.js";
export { SendDurableExecutionCallbackSuccessCommand } from "../node_modules/@aws-sdk/client-lambda/dist-es/commands/SendDurableExecutionCallbackSuccessCommand.js";
export { LambdaClient } from "../node_modules/@aws-sdk/client-lambda/dist-es/LambdaClient.js";
