import { drillKey, findingKey, type RestoreFactName } from "../catalog/keys.ts";
import { undoFactName, undoTries } from "../catalog/undo-facts.ts";
import type { Listing } from "../catalog/whole.ts";
import { type Execution, isOver, whyEnded } from "../core/execution.ts";
import type { Finding } from "../core/finding.ts";
import { type RestoreFact, type RestoreId, undoName } from "../core/restore.ts";
import { logProblem } from "../glue.ts";
import { inParallel } from "../passes/parallel.ts";
import type { StartingWorld as World } from "../workflow-world.ts";

/** For so long it is told that a restore was cut off: nothing but time makes it right. */
const toldSeconds = 86_400;

const halfUndone = "what it had changed until then, which it goes on from when it is asked for again";

type Ended = Extract<Execution, { state: "ended" }>;

/** A restore, or one try of undoing it, of which no fact tells the end. */
type OpenEnd = { id: RestoreId; began: RestoreFactName; end: RestoreFactName; approval: string };

/**
 * Asks AWS about every restore and drill that has begun and not ended. A workflow tells its own end, whatever happens,
 * as long as its execution lives; one that was stopped from outside, or whose time was over, tells nothing. Then it is
 * told here, in its own region, once nothing of it can come any more: what it was, what is left of it, and that there is
 * nothing to approve. One that cannot be asked about is asked about in the next pass.
 */
export async function settleExecutions(world: World, listing: Listing): Promise<void> {
  const scratch = once(() => world.databases.scratch());
  const settle = async (what: string, run: () => Promise<unknown>) => {
    try {
      await run();
    } catch (thrown) {
      logProblem(thrown, { execution: what });
    }
  };
  await inParallel(openEnds(listing), 4, (one) =>
    settle(one.id, () => settleRestore(world, listing, one, scratch)),
  );
  const drills = [...listing.drills].flatMap(([source, drills]) =>
    [...drills].flatMap(([drill, facts]) =>
      facts.has("started") && !facts.has("finished") && !facts.has("cut-off") ? [{ source, drill }] : [],
    ),
  );
  await inParallel(drills, 4, ({ source, drill }) =>
    settle(`${source} ${drill}`, async () => {
      const { point, region, execution, at } = await world.catalog.readDrillStarted(
        drillKey(source, drill, "started"),
      );
      const ended = await endOf(world, { region, execution, at });
      if (!ended) return;
      const now = world.now().toISOString();
      await world.catalog.recordDrillCutOff({
        ...{ schema: 1, at: now, fact: "cut-off", source, drill, point, region },
        ...{ endedAs: ended.how, reason: whyEnded(ended) },
        leftBehind: await leftOf(scratch, "drill", `${source}-${drill}`),
      });
      listing.drills.get(source)?.get(drill)?.set("cut-off", now);
    }),
  );
}

/** What was cut off within the last day: an end that nobody has wanted and no workflow has told. */
export async function restoresCutOff(world: World, listing: Listing): Promise<Finding[]> {
  const findings: Finding[] = [];
  const fromMs = world.now().getTime() - toldSeconds * 1_000;
  for (const [id, facts] of listing.restores) {
    for (const [name, storedAt] of facts) {
      if (!/^(failed|undo-failed(-\d+)?)$/.test(name) || Date.parse(storedAt) < fromMs) continue;
      const fact = await world.catalog.readRestore(id, name);
      if (fact?.endedAs && fact.region === world.region) findings.push(findingOf(id, name, fact));
    }
  }
  return findings;
}

function openEnds({ restores }: Listing): OpenEnd[] {
  const open: OpenEnd[] = [];
  for (const [id, facts] of restores) {
    const { tries, failed } = undoTries(facts.keys());
    if (tries > 0 && !failed && !facts.has("undone"))
      open.push({
        id,
        began: undoFactName("undo-requested", tries),
        end: undoFactName("undo-failed", tries),
        approval: undoName(id, tries),
      });
    const over = facts.has("finished") || facts.has("failed") || facts.has("cancelled");
    if (facts.has("requested") && !over) open.push({ id, began: "requested", end: "failed", approval: id });
  }
  return open;
}

/** How an execution ended that can do nothing any more; undefined while it can, or where it is the other region's to tell. */
async function endOf(
  { invoke, now, region }: World,
  began: { region: string; execution?: string | undefined; at: string },
): Promise<Ended | undefined> {
  if (began.region !== region || !began.execution) return undefined;
  const execution = await invoke.execution(began.execution);
  return execution.state === "ended" && isOver(execution, began.at, now()) ? execution : undefined;
}

/** The end itself comes last: what is done before it is done again by the next pass, if this one is cut off too. */
async function settleRestore(
  world: World,
  listing: Listing,
  { id, began, end, approval }: OpenEnd,
  scratch: () => ReturnType<World["databases"]["scratch"]>,
): Promise<void> {
  const { catalog, region, now } = world;
  const begun = await catalog.readRestore(id, began);
  const ended = begun && (await endOf(world, begun));
  if (!ended) return;
  const { source } = begun;
  const point = (await catalog.readRestore(id, "planned"))?.plan?.point;
  const facts = listing.restores.get(id);
  if (end === "failed" && point)
    await catalog.recordPoint(`released-restore-${id}`, {
      ...{ schema: 1, at: now().toISOString(), fact: "released", source, point, region },
      reason: `The restore ${id} has ended.`,
    });
  await endApproval(world, listing, `restore-awaits-approval.${source}.${approval}`);
  const leftBehind = [
    ...(end === "failed" ? await lastStep(world, id, [...(facts?.keys() ?? [])]) : [halfUndone]),
    ...(await leftOf(scratch, "restore", id)),
  ];
  const at = now().toISOString();
  await catalog.recordRestore(end, {
    ...{ schema: 1, at, fact: end === "failed" ? "failed" : "undo-failed", restore: id, source, region },
    ...{ reason: whyEnded(ended), code: "unavailable", endedAs: ended.how },
    ...(leftBehind.length > 0 ? { leftBehind } : {}),
  });
  facts?.set(end, at);
}

async function endApproval({ catalog, now }: World, { episodes }: Listing, wanted: string): Promise<void> {
  for (const { id, since, facts } of episodes.values()) {
    if (id !== wanted || facts.has("ended")) continue;
    const { finding } = await catalog.readFinding(findingKey(id, since, "opened"));
    const at = now().toISOString();
    const reason = "Nothing waits for it any more: the execution has ended.";
    await catalog.recordFinding("ended", { schema: 1, at, fact: "ended", finding, reason });
    facts.set("ended", at);
  }
}

/** In which of its steps a restore was cut off: what that may have half done. */
async function lastStep({ catalog }: World, id: RestoreId, names: RestoreFactName[]): Promise<string[]> {
  const numbers = names.flatMap((name) => Number(/^began-(\d+)$/.exec(name)?.[1] ?? Number.NaN) || []);
  const last = Math.max(0, ...numbers);
  const began = last > 0 ? await catalog.readRestore(id, `began-${last}`) : undefined;
  const step = (await catalog.readRestore(id, "planned"))?.plan?.steps[last - 1];
  if (!began?.step || began.step === "approval") return [];
  return [
    `it was cut off in its step "${began.step}"${step ? `, which may be half done: ${step.does}` : ""}`,
  ];
}

/** What the reaper will take away, once its time is over. */
async function leftOf(
  scratch: () => ReturnType<World["databases"]["scratch"]>,
  by: "restore" | "drill",
  id: string,
): Promise<string[]> {
  const found = (await scratch()).filter(({ owner }) => owner.by === by && owner.id === id);
  return found.map(
    (one) => `the ${one.kind} ${one.id}, which the reaper takes away after ${one.owner.expiresAt}`,
  );
}

function findingOf(id: RestoreId, name: RestoreFactName, fact: RestoreFact): Finding {
  const undo = name.startsWith("undo");
  const left = (fact.leftBehind ?? []).map((sentence) => ` Left behind: ${sentence}.`).join("");
  return {
    kind: "restore-cut-off",
    source: fact.source,
    detail: undo ? name.replace("undo-failed", `undo-${id}`) : id,
    since: `${fact.at.slice(0, 19)}Z`,
    region: fact.region,
    message: `The ${undo ? "undo of the restore" : "restore"} ${id} came to nothing: ${fact.reason}.${left}`,
    fix: `Run: holdfast restore status ${id}`.slice(0, 70),
  };
}

function once<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
