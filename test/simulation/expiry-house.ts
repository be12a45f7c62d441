import { createHash } from "node:crypto";
import { drillKey, drillsOf, type PointFactName, pointPrefix } from "../../functions/catalog/keys.ts";
import type { Environment } from "../../functions/core/environment.ts";
import type { PointFact } from "../../functions/core/fact.ts";
import type { Finding } from "../../functions/core/finding.ts";
import { snapshotId, vaultName } from "../../functions/core/names.ts";
import { tagNames } from "../../functions/core/provider.ts";
import { type PointId, slotOf } from "../../functions/core/slot.ts";
import type { Source } from "../../functions/core/source.ts";
import type { World } from "../../functions/world.ts";
import type { rdsService } from "../../local/services/rds.ts";
import type { Snapshot } from "../../local/services/rds-state.ts";
import { environmentOf } from "../core/situation.ts";
import { worldIn } from "../worlds.ts";
import { type Entry, type Held, Ledger, type Opened, type Stamp } from "./expiry-ledger.ts";
import { putUp } from "./fleet.ts";

export const primaryRegion = "eu-west-1";
export const recoveryRegion = "eu-central-1";
export const regions = [primaryRegion, recoveryRegion];

/**
 * An environment in the stand-in whose points are put there directly, artefact, facts and all, and with each doing its
 * line in the ledger of what is true.
 */
export class House {
  readonly ledger = new Ledger();
  readonly environment: Environment;
  readonly twin: Awaited<ReturnType<typeof putUp>>["twin"];
  readonly clock: Awaited<ReturnType<typeof putUp>>["clock"];
  readonly rds: ReturnType<typeof rdsService>["state"];
  readonly worlds: ReadonlyMap<string, World>;
  /** The sources of the environment as each region's functions have it: regions are deployed one after the other. */
  readonly deployed: Map<string, Source[]>;
  /** The region that does not answer. */
  away: string | undefined;

  private constructor(environment: Environment, { twin, clock, rds }: Awaited<ReturnType<typeof putUp>>) {
    this.environment = environment;
    this.twin = twin;
    this.clock = clock;
    this.rds = rds.state;
    this.worlds = new Map(regions.map((region) => [region, worldIn(twin, environment, region)]));
    this.deployed = new Map(regions.map((region) => [region, environment.sources]));
  }

  static async build(sources: Source[]): Promise<House> {
    const environment = environmentOf(...sources);
    const databases = environmentOf(...sources.filter(({ kind }) => kind !== "archives"));
    const house = new House(environment, await putUp(databases, { manualSnapshotsMax: 500 }));
    const Bucket = house.vault(recoveryRegion);
    const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled" };
    await house.s3("PutObjectLockConfiguration", { Bucket, ObjectLockConfiguration });
    for (const source of sources) await house.declare(source, primaryRegion);
    return house;
  }

  world(region: string): World {
    return this.worlds.get(region) as World;
  }

  vault(region: string): string {
    return vaultName(this.environment, region);
  }

  stamp(region: string): Stamp {
    return { vault: this.vault(region), seq: ++this.ledger.seq, ms: this.clock.now() };
  }

  s3(operation: string, input: Record<string, unknown>): Promise<unknown> {
    return this.twin.call({ service: "s3", region: recoveryRegion, operation, input, principal: "others" });
  }

  /** Records a source as it is declared from now on. */
  async declare(source: Source, region: string): Promise<void> {
    const digest = createHash("sha256").update(JSON.stringify(source)).digest("hex").slice(0, 12);
    const { name, account } = this.environment;
    const where = { environment: name, account, primaryRegion, recoveryRegion };
    const at = new Date(this.clock.now()).toISOString();
    this.ledger.declared.push({ source, at: this.stamp(region) });
    await this.world(region).catalog.recordSource(digest, {
      schema: 1,
      at,
      fact: "declared",
      ...where,
      source,
    });
  }

  /** A point is taken; of archives it has arrived and is verified where it arrived. */
  async take(source: Source, point: PointId, job = ""): Promise<Entry> {
    const entry = this.ledger.add(source.name, point, job);
    if (source.kind === "archives") {
      const archive = { bucket: source.bucket, key: `${source.prefix}${job}/${point}.gz`, sizeBytes: 1 };
      await this.fact(entry, "available", primaryRegion, { fact: "available", archive });
    } else {
      this.putSnapshot(source, point, primaryRegion);
      await this.fact(entry, "available", primaryRegion, { fact: "available" });
    }
    entry.present.set(primaryRegion, this.stamp(primaryRegion));
    return entry;
  }

  /** Its copy is in the recovery region. `untilMs`: so long Object Lock keeps an archive's. */
  async copy(source: Source, entry: Entry, untilMs = 0): Promise<void> {
    if (source.kind === "archives") await this.putCopy(entry, untilMs);
    else this.putSnapshot(source, entry.point, recoveryRegion);
    await this.fact(entry, `copied-${recoveryRegion}`, recoveryRegion, { fact: "copied" });
    entry.present.set(recoveryRegion, this.stamp(recoveryRegion));
  }

  async putCopy(entry: Entry, untilMs: number): Promise<void> {
    const Key = `archives/${entry.source}/${entry.point}/dump.gz`;
    const until = new Date(untilMs);
    const lock = untilMs ? { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate: until } : {};
    const put = await this.s3("PutObject", { Bucket: this.vault(recoveryRegion), Key, Body: "x", ...lock });
    const { VersionId } = put as { VersionId: string };
    entry.copies.set(VersionId, { untilMs, legalHold: false });
    entry.copiesEver.add(VersionId);
  }

  async verify(entry: Entry, region: string): Promise<void> {
    if (entry.verified.has(region)) return;
    await this.fact(entry, `verified-${region}`, region, { fact: "verified", level: "intact" });
    entry.verified.set(region, this.stamp(region));
  }

  /** A person wants it deleted. */
  async discard(entry: Entry, region: string): Promise<void> {
    const name = `unwanted-${this.ledger.seq}` as const;
    await this.fact(entry, name, region, { fact: "unwanted", reason: "x" });
    entry.unwanted = this.stamp(region);
  }

  async hold(entry: Entry, id: string, region: string): Promise<void> {
    await this.fact(entry, `held-${id}`, region, { fact: "held", reason: "x" });
    entry.holds.push({ id, under: pointPrefix(entry.source, entry.point), at: this.stamp(region) });
  }

  /** A drill begins to read the point. */
  async drill({ source, point, holds }: Entry, region: string): Promise<string> {
    const at = new Date(this.clock.now()).toISOString();
    const drill = slotOf(new Date(Date.UTC(2020, 0, 1, 0, this.ledger.seq)));
    const until = "2030-01-01T00:00:00Z";
    const began = {
      schema: 1,
      at,
      fact: "started",
      source,
      drill,
      point,
      region,
      by: "person",
      until,
    } as const;
    await this.world(region).catalog.recordDrillStarted(began);
    holds.push({ id: `drill ${drill}`, under: drillsOf(source), at: this.stamp(region) });
    return drill;
  }

  /** A hold is released, or a drill ends. */
  async release(entry: Entry, held: Held, region: string): Promise<void> {
    const [what, drill = ""] = held.id.split(" ");
    if (what === "drill") {
      const Key = drillKey(entry.source, drill, "finished");
      const input = { Bucket: this.vault(region), Key, Body: "{}" };
      await this.twin.call({ service: "s3", region, operation: "PutObject", input, principal: "others" });
    } else await this.fact(entry, `released-${held.id}`, region, { fact: "released", reason: "x" });
    held.released = this.stamp(region);
  }

  async open(finding: Finding, region: string, about?: PointId): Promise<void> {
    const at = new Date(this.clock.now()).toISOString();
    await this.world(region).catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding });
    this.ledger.findings.push({ finding, at: this.stamp(region), ...(about ? { about } : {}) });
  }

  async end(opened: Opened, region: string): Promise<void> {
    const { finding } = opened;
    const at = new Date(this.clock.now()).toISOString();
    await this.world(region).catalog.recordFinding("ended", {
      schema: 1,
      at,
      fact: "ended",
      finding,
      reason: "x",
    });
    opened.ended = this.stamp(region);
  }

  async fact(
    { source, point }: Pick<Entry, "source" | "point">,
    name: PointFactName,
    region: string,
    more: Pick<PointFact, "fact"> & Partial<PointFact>,
  ): Promise<void> {
    const at = new Date(this.clock.now()).toISOString();
    await this.world(region).catalog.recordPoint(name, { schema: 1, at, source, point, region, ...more });
  }

  /** The snapshots of ours of a point that a region has; no doing here makes more than two attempts. */
  snapshotsOf({ source, point }: Pick<Entry, "source" | "point">, region: string): Snapshot[] {
    return [1, 2].flatMap((attempt) => {
      const id = snapshotId(this.environment, source, point, attempt);
      const found = this.rds.find(this.kindOf(source), region, id);
      return found && !this.ledger.foreign.has(this.rds.arnOf(found)) ? [found] : [];
    });
  }

  kindOf(source: string): "cluster" | "instance" {
    const kind = this.environment.sources.find(({ name }) => name === source)?.kind;
    return kind === "rds-cluster" ? "cluster" : "instance";
  }

  /** Whether the point's usable artefact is in the region. */
  exists(entry: Entry, region: string): boolean {
    if (entry.job) return region === recoveryRegion && entry.copies.size > 0;
    return this.snapshotsOf(entry, region).some(({ status }) => status === "available");
  }

  /** Somebody takes the snapshots of a point away. */
  takeAway(entry: Entry, region: string): void {
    for (const one of this.snapshotsOf(entry, region)) this.rds.snapshots.delete(this.rds.arnOf(one));
    entry.gone.set(region, ++this.ledger.seq);
  }

  /** Whether somebody else has the name that a point's snapshot needs. */
  isNameTaken(source: Source, point: PointId, region: string): boolean {
    const id = snapshotId(this.environment, source.name, point);
    const there = this.rds.find(this.kindOf(source.name), region, id);
    return there !== undefined && this.ledger.foreign.has(this.rds.arnOf(there));
  }

  putSnapshot(source: Source, point: PointId, region: string, more: Partial<Snapshot> = {}): string {
    const snapshot: Snapshot = {
      ...{ kind: this.kindOf(source.name), region, of: source.name },
      ...{ engine: "postgres", engineVersion: "16.4", type: "manual", status: "available", percent: 100 },
      ...{ id: snapshotId(this.environment, source.name, point), sizeGiB: 1, createdMs: this.clock.now() },
      tags: this.tags(source.name, point),
      ...more,
    } as Snapshot;
    const arn = this.rds.arnOf(snapshot);
    this.rds.snapshots.set(arn, snapshot);
    return arn;
  }

  tags(
    source: string,
    point: PointId,
    environment = this.environment.name,
  ): { Key: string; Value: string }[] {
    return [
      { Key: tagNames.environment, Value: environment },
      { Key: tagNames.source, Value: source },
      { Key: tagNames.point, Value: point },
    ];
  }
}
