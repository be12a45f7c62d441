import { readFileSync } from "node:fs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { Environment } from "../functions/core/environment.ts";
import { swift } from "../functions/objects/swift.ts";
import { replicate } from "../functions/replicate/replicate.ts";
import { compose } from "../functions/world.ts";

/*
 * One sweep of the replicate function in a process of its own, so that its memory is its own. Arguments: a file
 * with the environment, and the S3 server's endpoint. Prints one JSON line: seconds, CPU seconds, peak MiB.
 */
const [file = "", endpoint = ""] = process.argv.slice(2);
const environment = JSON.parse(readFileSync(file, "utf8")) as Environment;
const settings = {
  region: environment.primaryRegion,
  endpoint,
  credentials: { accessKeyId: "bench", secretAccessKey: "benchbench" },
};
const s3 = { ...settings, forcePathStyle: true };
const world = compose({
  environment,
  region: environment.primaryRegion,
  vaultKeyArn: "",
  pageTopicArn: "",
  notifyTopicArn: "",
  clients: {
    s3: swift(new S3Client(s3)),
    otherS3: swift(new S3Client(s3)),
    rds: new RDSClient(settings),
    sns: new SNSClient(settings),
    sqs: new SQSClient(settings),
    events: new EventBridgeClient(settings),
  },
});
console.log = () => {};
const began = performance.now();
const source = environment.sources[0]?.name ?? "";
await replicate(
  {
    source: "holdfast",
    "detail-type": "Bucket Sweep Requested",
    detail: { source, point: "20261121T0000Z" },
  },
  world,
  { remainingMs: () => 900_000, lastTry: false },
);
const seconds = (performance.now() - began) / 1_000;
const { user, system } = process.cpuUsage();
const peakMiB = process.resourceUsage().maxRSS / 1_024;
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB })}\n`);
