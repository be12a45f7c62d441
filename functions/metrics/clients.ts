import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";

/**
 * CloudWatch in a region, with the patience that a heartbeat deserves: what has not arrived after some seconds is sent
 * again by the next pass, and a region that is gone must not keep the other one waiting.
 */
export function cloudWatchIn(region: string): CloudWatchClient {
  return new CloudWatchClient({
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}
