import type { EmbeddedDocument } from "../core/embedded-metrics.ts";

/**
 * Writes a document in CloudWatch's embedded metric format as a log line of its own. Past `console`: where a function logs
 * in JSON, Lambda puts what `console` is given under `message`, and CloudWatch looks for `_aws` at the top alone
 * (awslabs/aws-embedded-metrics-node#158).
 */
export function writeEmbedded(document: EmbeddedDocument): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
