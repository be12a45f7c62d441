import * as z from "zod/mini";
import { asProblem } from "../core/problem.ts";

/** What CloudFormation sends to a custom resource's function, as far as it is read here (CloudFormation user guide). */
export const ResourceRequest = z.object({
  RequestType: z.enum(["Create", "Update", "Delete"]),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  ResourceProperties: z.object({ Bucket: z.string() }),
});
export type ResourceRequest = z.infer<typeof ResourceRequest>;

/**
 * Does the work and tells CloudFormation how it went. It waits for the answer, so a failure is told and not
 * thrown; only when the telling fails is there nothing left but to throw.
 */
export async function answer(request: ResourceRequest, work: () => Promise<void>): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResourceProperties } = request;
  let outcome: { Status: "SUCCESS" } | { Status: "FAILED"; Reason: string } = { Status: "SUCCESS" };
  try {
    await work();
  } catch (thrown) {
    const { message, fix } = asProblem(thrown);
    outcome = { Status: "FAILED", Reason: `${message}. ${fix}` };
  }
  const response = await fetch(request.ResponseURL, {
    method: "PUT",
    // The address is signed for an empty content type.
    headers: { "content-type": "" },
    body: JSON.stringify({
      ...outcome,
      StackId,
      RequestId,
      LogicalResourceId,
      // One that changes with the bucket: CloudFormation then deletes the old one, which does nothing.
      PhysicalResourceId: `events-of-${ResourceProperties.Bucket}`,
    }),
  });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: HTTP ${response.status}`);
}
