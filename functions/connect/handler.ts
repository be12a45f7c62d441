import { S3Client } from "@aws-sdk/client-s3";
import middy from "@middy/core";
import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import { asProblem } from "../core/problem.ts";
import { logProblem } from "../glue.ts";
import { connect } from "./connect.ts";

const client = new S3Client({});

/**
 * A CloudFormation custom resource: connects the bucket that its properties name, and answers CloudFormation at
 * the URL it gave (CloudFormation user guide, custom resource response objects). Deletion leaves the bucket as it
 * is: others may rely on its events by then.
 */
export const handler = middy<CloudFormationCustomResourceEvent, void>().handler(async (event) => {
  const bucket = String(event.ResourceProperties.Bucket);
  let failed: unknown;
  try {
    if (event.RequestType !== "Delete") await connect(client, bucket);
  } catch (thrown) {
    failed = thrown;
    logProblem(thrown);
  }
  const answer = {
    Status: failed ? "FAILED" : "SUCCESS",
    Reason: failed ? `${asProblem(failed).message} ${asProblem(failed).fix}` : "connected",
    PhysicalResourceId: `holdfast-events-${bucket}`,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  const response = await fetch(event.ResponseURL, { method: "PUT", body: JSON.stringify(answer) });
  if (!response.ok) throw new Error(`CloudFormation answered ${response.status}`);
});
