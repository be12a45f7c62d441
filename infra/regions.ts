import { RegionInfo } from "aws-cdk-lib/region-info";

/**
 * The AWS regions that Holdfast can run in, by partition, as the CDK knows them. China is left out: RDS copies no
 * snapshot between its regions (RDS user guide, "Copying a DB snapshot"). So are the isolated and sovereign
 * partitions, of which nothing here was ever tried.
 */
export function knownRegions(): string[] {
  return RegionInfo.regions
    .filter(({ partition }) => partition === "aws" || partition === "aws-us-gov")
    .map(({ name }) => name);
}
