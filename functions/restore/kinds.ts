import type { RestoreNews } from "../core/restore.ts";
import { restoreArchive, takeBackArchive } from "./archive.ts";
import type { ArchivePlan } from "./archive-plan.ts";
import { type Run, restoreDatabase } from "./database.ts";
import type { Planned } from "./decide.ts";
import { discardDatabase } from "./discard.ts";
import { restoreObjects, takeBackObjects } from "./objects.ts";

/** What came back, as a fact tells it. */
export type Back = Pick<RestoreNews, "database" | "hydration" | "objects">;

/** Restores what was planned, by its kind. */
export async function bringBack({ fact, database }: Planned, run: Run): Promise<Back> {
  if (database) return restoreDatabase(database, run);
  if (fact.archive) return { objects: await restoreArchive(fact as ArchivePlan, run) };
  const { objects } = fact;
  return objects ? { objects: await restoreObjects({ ...fact, objects }, run) } : {};
}

/** Takes back what a restore did that did not come to its end. Gives what could not be, one sentence each. */
export async function takeBack({ fact, database }: Planned, run: Run): Promise<string[]> {
  if (!run.begun.some(({ step }) => step !== "approval")) return [];
  if (database) return discardDatabase(database, run);
  try {
    if (fact.archive) await takeBackArchive(fact as ArchivePlan, run);
    if (!fact.objects) return [];
    const { failed, failures } = await takeBackObjects(fact.objects, run.steps, run.world);
    return failed > 0 ? [`${failed} key(s) could not be put back: ${failures.join("; ")}`] : [];
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.message : String(thrown);
    return [`what was copied could not be taken back: ${what}`];
  }
}
