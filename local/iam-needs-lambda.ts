import type { Need } from "./iam-policy.ts";
import { readCallbackId } from "./services/durable-checkpoint.ts";
import type { Call } from "./twin.ts";

// biome-ignore lint/suspicious/noExplicitAny: each entry reads the input of its own operation.
type Input = any;
type Where = Call & { account: string };

const need = (action: string, resource: string): Need[] => [
  { action: `lambda:${action}`, resource, context: {} },
];

/** The ARN by which a call names a function: with its version or alias only where the call has one. */
function functionArn({ FunctionName, Qualifier }: Input, { region, account }: Where): string {
  const arn = FunctionName.startsWith("arn:")
    ? FunctionName
    : `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
  return Qualifier ? `${arn}:${Qualifier}` : arn;
}

const ofExecution = (action: string) => (input: Input) => need(action, input.DurableExecutionArn);
const ofCallback = (action: string) => (input: Input) => need(action, readCallbackId(input.CallbackId).arn);

/** Invoking functions, and durable executions: authorized against the execution's ARN (developer guide, security). */
export const lambdaNeeds: Record<string, (input: Input, where: Where) => Need[]> = {
  "lambda:Invoke": (input, where) => need("InvokeFunction", functionArn(input, where)),
  "lambda:ListDurableExecutionsByFunction": (input, where) =>
    need("ListDurableExecutionsByFunction", functionArn(input, where)),
  ...Object.fromEntries(
    [
      "CheckpointDurableExecution",
      "GetDurableExecutionState",
      "GetDurableExecution",
      "GetDurableExecutionHistory",
      "StopDurableExecution",
    ].map((action) => [`lambda:${action}`, ofExecution(action)]),
  ),
  ...Object.fromEntries(
    ["Success", "Failure", "Heartbeat"].map((how) => {
      const action = `SendDurableExecutionCallback${how}`;
      return [`lambda:${action}`, ofCallback(action)];
    }),
  ),
};
