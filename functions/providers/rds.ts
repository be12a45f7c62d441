import { type AccountQuota, DescribeAccountAttributesCommand, type RDSClient } from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import type { Environment } from "../core/environment.ts";
import { Problem } from "../core/problem.ts";
import { type Artefact, type Quota, type Removal, tagNames } from "../core/provider.ts";
import type { PointId } from "../core/slot.ts";
import type { Source } from "../core/source.ts";

/** What both RDS providers are given: their region, its client and the key of its vault. */
export type RdsAt = { environment: Environment; region: string; client: RDSClient; vaultKeyArn: string };

/** The tags of a point's artefact. RDS refuses tags that begin with `aws:`; ours never do. */
export function tagsOf(
  environment: Environment,
  source: Source,
  point: PointId,
): { Key: string; Value: string }[] {
  return [
    { Key: tagNames.environment, Value: environment.name },
    { Key: tagNames.source, Value: source.name },
    { Key: tagNames.point, Value: point },
  ];
}

/** RDS's words for a snapshot's status in ours. */
export function statusOf(status: string | undefined): Artefact["status"] {
  switch (status) {
    case "available":
    case "creating":
    case "copying":
    case "failed":
      return status;
    default:
      return "other";
  }
}

/** A copy shows "creating" or "copying" while it is made; its origin tells it from a snapshot. */
export function copiesUnderWay(artefacts: readonly Artefact[]): number {
  const underWay = (one: Artefact) =>
    one.status === "copying" || (one.status === "creating" && one.copiedFromArn);
  return artefacts.filter(underWay).length;
}

/** The quotas of the account in the client's region, by RDS's names. Throws `Problem`. */
export async function accountQuotas(client: RDSClient): Promise<readonly AccountQuota[]> {
  try {
    return (await client.send(new DescribeAccountAttributesCommand({}))).AccountQuotas ?? [];
  } catch (thrown) {
    throw rdsProblem(thrown, "the RDS quotas");
  }
}

/**
 * A quota by RDS's name, or AWS's default of 100 manual snapshots per region (RDS user guide, quotas) where RDS
 * does not say. What was just listed counts, if it is more than RDS has counted yet.
 */
export function manualQuota(quotas: readonly AccountQuota[], name: string, listed: number): Quota {
  const quota = quotas.find((one) => one.AccountQuotaName === name);
  return { used: Math.max(Number(quota?.Used ?? 0), listed), max: Number(quota?.Max ?? 100) };
}

/**
 * Makes a call that creates an artefact repeatable: one of that name which is ours is as good as created, one
 * which is not is a `conflict`.
 */
export async function createOnce(
  create: () => Promise<unknown>,
  wanted: {
    id: string;
    tags: { Key: string; Value: string }[];
    inspect: (id: string) => Promise<Artefact | undefined>;
  },
): Promise<void> {
  try {
    await create();
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.name : "";
    if (!/^DB(Cluster)?SnapshotAlreadyExists/.test(name)) throw rdsProblem(thrown, wanted.id);
    const there = await wanted.inspect(wanted.id);
    if (!there) {
      // RDS's listings follow its changes with a delay.
      const fix = "The next pass asks again.";
      throw new Problem("unavailable", `RDS does not show the snapshot ${wanted.id} yet`, fix, thrown);
    }
    const ours = wanted.tags.every(({ Key, Value }) => there.tags[Key] === Value);
    if (ours) return;
    throw new Problem(
      "conflict",
      `a snapshot ${wanted.id} exists that is not Holdfast's`,
      "Delete or rename it.",
      thrown,
    );
  }
}

/** Deletes a snapshot if it is ours by its tags and finished; its name is ours already. What is not there is deleted. */
export async function removeOurs(
  remove: () => Promise<unknown>,
  wanted: {
    id: string;
    tags: { Key: string; Value: string }[];
    inspect: (id: string) => Promise<Artefact | undefined>;
  },
): Promise<Removal> {
  const there = await wanted.inspect(wanted.id);
  if (!there) return {};
  if (!wanted.tags.every(({ Key, Value }) => there.tags[Key] === Value)) {
    throw new Problem(
      "conflict",
      `the snapshot ${wanted.id} is not Holdfast's`,
      "It stays; see who made it.",
    );
  }
  if (there.status !== "available" && there.status !== "failed") {
    throw new Problem("conflict", `${wanted.id} is in status "${there.status}"`, "It is tried again later.");
  }
  try {
    await remove();
  } catch (thrown) {
    const problem = rdsProblem(thrown, wanted.id);
    if (problem.code !== "not-found") throw problem;
  }
  return {};
}
