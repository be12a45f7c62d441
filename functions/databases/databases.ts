import type { RDSClient } from "@aws-sdk/client-rds";
import { rdsProblem } from "../core/aws-error.ts";
import { cloneTagNames, cloneTags, isMadeFor, type Owner, scratchOf } from "../core/clone.ts";
import type { DatabaseContext } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { Problem } from "../core/problem.ts";
import { tagNames } from "../core/provider.ts";
import { type Change, change, rename, retag } from "./change.ts";
import { contextReader, type DatabaseSource, readContext } from "./context.ts";
import { type Database, type DatabaseRef, describe, describeAll, whenReady } from "./describe.ts";
import { OptionGroups } from "./option-groups.ts";
import {
  createGroup,
  deleteGroup,
  type GroupKind,
  groupTags,
  hasSubnetGroup,
  type ParameterGroup,
  readGroup,
  setParameters,
} from "./parameters.ts";
import { remove } from "./remove.ts";
import { addInstance, type MemberSettings, type Origin, type RestoreSettings, restore } from "./restore.ts";
import { snapshot, snapshotStatus } from "./snapshot.ts";
import { type Backups, backupsOf } from "./windows.ts";

/**
 * The databases of one region, for tasks that restore them: RDS instances and Aurora clusters alike. Every method may be
 * repeated, by the names that its caller gives, and throws only `Problem`: `throttled`, `unavailable`, `quota` and
 * `conflict` may pass, any other is final. What it makes carries its owner's tags; what does not carry them is never
 * taken for ours and never deleted.
 */
export class Databases {
  readonly optionGroups: OptionGroups;
  readonly #client: RDSClient;
  readonly #environment: Pick<Environment, "name">;

  constructor(environment: Pick<Environment, "name">, client: RDSClient) {
    this.#environment = environment;
    this.#client = client;
    this.optionGroups = new OptionGroups(environment, client);
  }

  /** The database as it is now; undefined where there is none of that name. */
  describe(ref: DatabaseRef): Promise<Database | undefined> {
    return describe(this.#client, ref);
  }

  /** The database once it is ready, undefined while it is not; for polls. Throws not-found, and internal if it failed. */
  async ready(ref: DatabaseRef): Promise<Database | undefined> {
    const found = await this.describe(ref);
    if (found) return whenReady(found);
    throw new Problem("not-found", `there is no ${ref.kind} ${ref.id}`, "Look whether somebody deleted it.");
  }

  /** The same, undefined also while RDS does not know the database yet: for polls right after it was begun. */
  async arriving(ref: DatabaseRef): Promise<Database | undefined> {
    const found = await this.describe(ref);
    return found && whenReady(found);
  }

  /** Everything of this region that is scratch of a restore or a drill, with its owner. In pages, not one by one. */
  async scratch(): Promise<(Database & { owner: Owner })[]> {
    const all = await describeAll(this.#client);
    return all.flatMap((one) => {
      const owner = scratchOf(this.#environment, one.tags);
      return owner ? [{ ...one, owner }] : [];
    });
  }

  /** What a source is besides its data. Throws `Problem` not-found. */
  context(source: DatabaseSource): Promise<DatabaseContext> {
    return readContext(this.#client, source);
  }

  /** The same for many sources out of one look at the region, in pages. */
  contexts(): (source: DatabaseSource) => Promise<DatabaseContext> {
    return contextReader(this.#client);
  }

  /** The automated backups of a database by its ARN: those kept here, and those replicated into this region. */
  backupsOf(arn: string): Promise<Backups[]> {
    return backupsOf(this.#client, arn);
  }

  /**
   * Begins a restore under a new name, without deletion protection. A cluster comes without instances: `addInstance`.
   * One that is there already and is the owner's is as good as begun; any other is a final `invalid`.
   */
  async restore(to: DatabaseRef, from: Origin, settings: RestoreSettings, owner: Owner): Promise<void> {
    const tags = { ...settings.tags, ...cloneTags(this.#environment, owner) };
    await this.#once(to, owner, () => restore(this.#client, to, from, { ...settings, tags }));
  }

  /** Begins an instance of a restored cluster, repeatable like `restore`. */
  async addInstance(
    cluster: { id: string; engine: string },
    member: MemberSettings,
    owner: Owner,
  ): Promise<void> {
    const tags = { ...member.tags, ...cloneTags(this.#environment, owner) };
    const ref = { kind: "instance", id: member.id } as const;
    await this.#once(ref, owner, () => addInstance(this.#client, cluster, { ...member, tags }));
  }

  /** Begins a change; `conflict` while the database is not available. */
  async change(ref: DatabaseRef, wish: Change): Promise<void> {
    try {
      await change(this.#client, ref, wish);
    } catch (thrown) {
      throw rdsProblem(thrown, `${ref.kind} ${ref.id}`);
    }
  }

  /**
   * Renames what has the resource id, and gives it once it is ready under its new name; undefined while it is not, for
   * polls. Throws `invalid` if another database has either name. RDS may show it under neither for a while.
   */
  async rename(from: DatabaseRef & { resourceId: string }, to: string): Promise<Database | undefined> {
    const there = await this.describe({ kind: from.kind, id: to });
    if (there?.resourceId === from.resourceId) return whenReady(there);
    const here = await this.describe(from);
    const other = there ?? (here && here.resourceId !== from.resourceId ? here : undefined);
    if (other)
      throw new Problem(
        "invalid",
        `${from.id} cannot be renamed to ${to}: ${other.id} is another ${from.kind} now`,
        "Rename that one, or wait until it is gone.",
      );
    if (here?.status !== "available") return undefined;
    try {
      await rename(this.#client, from, to);
    } catch (thrown) {
      throw rdsProblem(thrown, `renaming ${from.id} to ${to}`);
    }
    return undefined;
  }

  /** Takes away the tag that makes a restored database scratch, from it and its instances: from now on it stays. */
  async keep(database: Database): Promise<void> {
    const arns = [database.arn];
    if (database.kind === "cluster") {
      for (const { id } of database.instances) {
        const member = await this.describe({ kind: "instance", id });
        if (member) arns.push(member.arn);
      }
    }
    try {
      for (const arn of arns) await retag(this.#client, arn, { remove: [cloneTagNames.expiresAt] });
    } catch (thrown) {
      throw rdsProblem(thrown, `the tags of ${database.id}`);
    }
  }

  /**
   * Begins or goes on deleting a database that is the owner's scratch; true once nothing is left of it, for polls. Of
   * anything else it throws `invalid` and leaves it alone.
   */
  async remove(ref: DatabaseRef, owner: Omit<Owner, "expiresAt">): Promise<boolean> {
    const found = await this.describe(ref);
    if (!found) return true;
    const whose = scratchOf(this.#environment, found.tags);
    if (whose?.by !== owner.by || whose.id !== owner.id) {
      const fix = "It stays; see who made it.";
      throw new Problem("invalid", `${ref.kind} ${ref.id} is no scratch of ${owner.by} ${owner.id}`, fix);
    }
    await remove(this.#client, found);
    return false;
  }

  /**
   * Begins or goes on deleting what an owner made under a name, also if it was kept and protected already: for an owner
   * that failed after that. True once nothing of the owner's has the name, for polls; what is another's is left alone.
   */
  async discard(ref: DatabaseRef, owner: Owner): Promise<boolean> {
    const found = await this.describe(ref);
    if (!found || !isMadeFor(this.#environment, found.tags, owner)) return true;
    if (found.status === "deleting") return false;
    if (found.deletionProtection) {
      await this.change(ref, { deletionProtection: false });
      return false;
    }
    if (!scratchOf(this.#environment, found.tags)) {
      try {
        await retag(this.#client, found.arn, { add: { [cloneTagNames.expiresAt]: owner.expiresAt } });
      } catch (thrown) {
        throw rdsProblem(thrown, `the tags of ${found.id}`);
      }
    }
    return this.remove(ref, owner);
  }

  /** Begins a snapshot of a database; one of that name which is there is as good as begun. */
  async snapshot(ref: DatabaseRef, id: string, tags: Record<string, string>): Promise<void> {
    try {
      if (await snapshotStatus(this.#client, ref.kind, id)) return;
      await snapshot(this.#client, ref, id, { ...tags, [tagNames.environment]: this.#environment.name });
    } catch (thrown) {
      throw rdsProblem(thrown, `snapshot ${id}`);
    }
  }

  /** RDS's word for how far a snapshot is; undefined where there is none. */
  async snapshotStatus(kind: DatabaseRef["kind"], id: string): Promise<string | undefined> {
    try {
      return await snapshotStatus(this.#client, kind, id);
    } catch (thrown) {
      throw rdsProblem(thrown, `snapshot ${id}`);
    }
  }

  /** The parameter group of that name in this region, with what somebody has set in it. */
  parameterGroup(kind: GroupKind, name: string): Promise<ParameterGroup | undefined> {
    return readGroup(this.#client, kind, name);
  }

  /** Makes a parameter group with these values; one that is there and the owner's gets them anew. */
  async ensureParameterGroup(
    kind: GroupKind,
    wish: { name: string; family: string; changed: Record<string, string> },
    owner: Owner,
  ): Promise<void> {
    const { name, family, changed } = wish;
    try {
      const there = await readGroup(this.#client, kind, name);
      if (!there)
        await createGroup(this.#client, kind, { name, family, tags: cloneTags(this.#environment, owner) });
      else if (!isMadeFor(this.#environment, await groupTags(this.#client, there.arn), owner))
        throw taken(`parameter group ${name}`, owner);
      await setParameters(this.#client, kind, name, changed);
    } catch (thrown) {
      throw rdsProblem(thrown, `the parameter group ${name}`);
    }
  }

  /** Deletes a parameter group that is the owner's scratch; `conflict` while a database uses it. */
  async removeParameterGroup(kind: GroupKind, name: string, owner: Omit<Owner, "expiresAt">): Promise<void> {
    const there = await readGroup(this.#client, kind, name);
    if (!there) return;
    try {
      const whose = scratchOf(this.#environment, await groupTags(this.#client, there.arn));
      if (whose?.by === owner.by && whose.id === owner.id) await deleteGroup(this.#client, kind, name);
    } catch (thrown) {
      throw rdsProblem(thrown, `the parameter group ${name}`);
    }
  }

  /** Takes away the tag that makes a parameter group scratch. */
  async keepParameterGroup(kind: GroupKind, name: string): Promise<void> {
    const there = await readGroup(this.#client, kind, name);
    try {
      if (there) await retag(this.#client, there.arn, { remove: [cloneTagNames.expiresAt] });
    } catch (thrown) {
      throw rdsProblem(thrown, `the tags of parameter group ${name}`);
    }
  }

  /** Whether this region has a subnet group of that name. */
  hasSubnetGroup(name: string): Promise<boolean> {
    return hasSubnetGroup(this.#client, name);
  }

  async #once(ref: DatabaseRef, owner: Owner, create: () => Promise<void>): Promise<void> {
    try {
      await create();
    } catch (thrown) {
      const name = thrown instanceof Error ? thrown.name : "";
      if (!/^DB(Instance|Cluster)AlreadyExists/.test(name)) throw rdsProblem(thrown, `${ref.kind} ${ref.id}`);
      const there = await this.describe(ref);
      if (there && isMadeFor(this.#environment, there.tags, owner)) return;
      throw taken(`${ref.kind} ${ref.id}`, owner);
    }
  }
}

function taken(what: string, { by, id }: Owner): Problem {
  return new Problem(
    "invalid",
    `there is a ${what} already, and ${by} ${id} did not make it`,
    "Choose another name.",
  );
}
