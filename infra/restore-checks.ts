import { checkSecret } from "./drill-checks.ts";
import type { CheckedFile } from "./environment-file.ts";
import type { Mistake } from "./mistake.ts";

/** What is wrong with what a file says of restores, and of how single sources are restored. */
export function checkRestores(file: CheckedFile): Mistake[] {
  return [...checkBuckets(file), ...checkHydrate(file)];
}

/** What Holdfast itself keeps is not written into by restores: a replica and a vault are what they restore from. */
function checkBuckets({ restores, name, account }: CheckedFile): Mistake[] {
  return (restores?.buckets ?? []).flatMap((bucket, index, all): Mistake[] => {
    const path = ["restores", "buckets", index];
    if (bucket.startsWith(`holdfast-${name}-`) && bucket.includes(account))
      return [{ path, why: "a bucket of Holdfast's own, which restores only read", write: "another bucket" }];
    if (all.indexOf(bucket) === index) return [];
    return [{ path, why: "which is in the list already", write: "it once" }];
  });
}

/** Who is to read what is restored, and from where: neither serves without the other's place. */
function checkHydrate(file: CheckedFile): Mistake[] {
  const { restores, sources } = file;
  const mistakes: Mistake[] = [];
  if (restores?.hydrate && !sources.some(({ kind }) => kind === "rds-instance")) {
    const why =
      "but no source is an RDS instance, and only their volumes load what they store when it is read";
    mistakes.push({ path: ["restores", "hydrate"], why, write: "nothing there" });
  }
  for (const [index, source] of sources.entries()) {
    if (source.kind !== "rds-instance" || !source.hydrate) continue;
    const path = ["sources", index, "hydrate"];
    mistakes.push(...checkSecret(path, source.hydrate, file));
    if (restores?.hydrate) continue;
    const why = "but no network is declared from which a restored database would be read";
    const write =
      'restores: { hydrate: { primary: { subnetIds: ["subnet-…"], securityGroupIds: ["sg-…"] } } } besides';
    mistakes.push({ path, why, write });
  }
  return mistakes;
}
