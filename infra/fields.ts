import * as z from "zod";
import { parseDuration } from "../functions/core/duration.ts";

/* The kinds of field that an environment file has. The message of each says what to write. */

/** Lower-case letters, digits and single hyphens, a letter first: what is safe in every AWS name we derive. */
const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const nameWords = "lower-case letters, digits and single hyphens, a letter first";

/** Names that are part of other names: of an environment, a plan or a source. */
export const isName = (name: string) => namePattern.test(name);

/** What to write for a name. */
export const nameHint = (example: string) => `${nameWords}, like "${example}"`;

/** A name of ours. */
export const name = (example: string) => matching(namePattern, nameHint(example));

/** RDS user guide, CreateDBInstance and CreateDBCluster: 1 to 63, no hyphen last, no two together; kept in lower case. */
export const rdsIdentifier = (example: string) =>
  matching(
    /^(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    `RDS's own identifier, in lower case, like "${example}"`,
  );

/** S3 user guide, "General purpose bucket naming rules". */
export const bucketName = matching(
  /^(?!xn--|sthree-|amzn-s3-demo-)(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  'the name of a bucket, like "acme-uploads"',
);

/** A duration, as core/duration.ts reads it. */
export const duration = (example: string) =>
  z.string({ error: durationHint(example) }).refine(isDuration, { error: durationHint(example) });

/** How many points a tier keeps. */
export const kept = z
  .int({ error: "how many points to keep, a whole number from 0" })
  .min(0, { error: "how many points to keep, a whole number from 0" })
  .optional();

/** A KMS key, where there is one. */
export const keyArn = matching(
  /^arn:aws(-us-gov)?:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
  'the ARN of a KMS key, like "arn:aws:kms:eu-west-1:111122223333:key/…" (an alias does not serve in a policy)',
).optional();

/** A secret of Secrets Manager. */
export const secretArn = (example: string) =>
  matching(
    /^arn:aws(-us-gov)?:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@!-]{1,519}$/,
    `the ARN of a secret, like "arn:aws:secretsmanager:eu-west-1:111122223333:secret:${example}-AbCdEf"`,
  );

/** Ids of EC2's: of subnets, or of security groups. */
export function ids(kind: string, what: string) {
  const write = `${what}, like ["${kind}-0123456789abcdef0"]`;
  return z
    .array(matching(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `an id like "${kind}-0123456789abcdef0"`), {
      error: write,
    })
    .min(1, { error: write });
}

/** A strict object. For an unknown field the message is the list of the known ones, which mistake.ts reads. */
export function fields<T extends z.ZodRawShape>(shape: T, write: string) {
  const known = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? known : write),
  });
}

/** A text of a form. */
export function matching(pattern: RegExp, write: string) {
  return z.string({ error: write }).regex(pattern, { error: write });
}

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) > 0;
  } catch {
    return false;
  }
}

function durationHint(example: string) {
  return `a whole number and one of s, m, h, d, like "${example}"`;
}
