import { cloudWatchCases } from "./cloudwatch.ts";
import { eventCases } from "./events.ts";
import { identityCases } from "./identity.ts";
import type { Case } from "./place.ts";
import { rdsCases } from "./rds.ts";
import { rdsAutomatedCases } from "./rds-automated.ts";
import { rdsClusterCases } from "./rds-clusters.ts";
import { rdsOptionCases } from "./rds-options.ts";
import { rdsRestoreCases } from "./rds-restores.ts";
import { s3ChecksumCases } from "./s3-checksums.ts";
import { s3CopyCases } from "./s3-copies.ts";
import { s3ListCases } from "./s3-lists.ts";
import { s3NoticeCases } from "./s3-notices.ts";
import { s3ObjectCases } from "./s3-objects.ts";
import { s3UploadCases } from "./s3-uploads.ts";
import { s3VersionCases } from "./s3-versions.ts";
import { schedulerCases } from "./scheduler.ts";
import { snsCases } from "./sns.ts";
import { sqsCases } from "./sqs.ts";

/** Every case of the suite. */
export const cases: Case[] = [
  ...s3ObjectCases,
  ...s3ChecksumCases,
  ...s3CopyCases,
  ...s3UploadCases,
  ...s3ListCases,
  ...s3VersionCases,
  ...s3NoticeCases,
  ...rdsCases,
  ...rdsClusterCases,
  ...rdsAutomatedCases,
  ...rdsRestoreCases,
  ...rdsOptionCases,
  ...snsCases,
  ...sqsCases,
  ...eventCases,
  ...schedulerCases,
  ...cloudWatchCases,
  ...identityCases,
];
