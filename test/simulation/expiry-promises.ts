import { parseChangeKey } from "../../functions/catalog/change-keys.ts";
import { drillsOf, parseFindingKey, parsePointKey, pointPrefix } from "../../functions/catalog/keys.ts";
import { isoInstant } from "../../functions/core/slot.ts";
import type { Snapshot } from "../../local/services/rds-state.ts";
import { AwsError, type Call } from "../../local/twin.ts";
import { isFrozen } from "./expiry-aftermath.ts";
import { type House, regions } from "./expiry-house.ts";
import { type Entry, isReader } from "./expiry-ledger.ts";
import { losses } from "./expiry-oracle.ts";
import { counts, forbids, type Pass, seen, sourceOf, standing } from "./expiry-pass.ts";

const hourMs = 3_600_000;
/** A mark's maker may have had a clock that was ahead: it is as old as that says. */
const toleranceMs = hourMs;
const reads = new Set([
  ...["ListObjectsV2", "GetObject", "HeadObject", "ListObjectVersions"],
  ...["DescribeDBSnapshots", "DescribeDBClusterSnapshots", "DescribeDBInstances", "DescribeDBClusters"],
  ...["DescribeAccountAttributes", "PutEvents"],
]);
const deletions = new Set(["DeleteDBSnapshot", "DeleteDBClusterSnapshot", "DeleteObject"]);

/** Holds every call of a pass to the promises of retention; `broken` gets a sentence for each that it breaks. */
export class Promises {
  readonly #house: House;
  readonly #broken: string[];
  /** Of what each deletion is: afterwards a snapshot is not there to be asked. */
  readonly #deleting = new WeakMap<Call, Entry>();

  constructor(house: House, broken: string[]) {
    this.#house = house;
    this.#broken = broken;
  }

  /** Before a call of a pass happens. */
  before(pass: Pass, call: Call): void {
    const { operation, input, region } = call;
    if (operation === "ListObjectsV2") this.#note(pass, String(input.Bucket), String(input.Prefix));
    const looked = input.DBSnapshotIdentifier ?? input.DBClusterSnapshotIdentifier;
    const observes = operation.startsWith("Describe") || String(input.Prefix).startsWith("archives/");
    if (observes && !looked) pass.observed = Math.min(pass.observed, this.#house.ledger.seq);
    if (operation === "HeadObject") pass.headed.add(String(input.Key));
    if (operation.startsWith("Describe") && looked)
      pass.looks.set(`snapshot ${looked}`, this.#house.ledger.seq);
    if (deletions.has(operation)) {
      if (region !== pass.region) this.#breaks(pass, `${operation} in ${region}`);
      this.#mayDelete(pass, call);
    } else if (operation === "PutObject") this.#mayRecord(pass, call);
    else if (!reads.has(operation)) this.#breaks(pass, `called ${operation}`);
  }

  /** After it happened, whether the pass heard of it or not. */
  after(pass: Pass, call: Call, answer: unknown): void {
    const { operation, input, region } = call;
    const bucket = String(input.Bucket);
    if (operation === "ListObjectsV2" && input.Prefix === "catalog/") {
      if (!(answer as { NextContinuationToken?: string }).NextContinuationToken) pass.read.add(bucket);
    } else if (operation === "PutObject") this.#recorded(pass, bucket, String(input.Key));
    else if (deletions.has(operation)) {
      const entry = this.#deleting.get(call);
      entry?.deleted.add(region);
      entry?.copies.delete(String(input.VersionId));
      entry?.gone.set(region, ++this.#house.ledger.seq);
    }
  }

  #breaks({ name }: Pass, what: string): void {
    this.#broken.push(`${name}: ${what}`);
  }

  #note(pass: Pass, bucket: string, prefix: string): void {
    const { seq } = this.#house.ledger;
    if (prefix === "catalog/" && !pass.surveyed.has(bucket)) pass.surveyed.set(bucket, seq);
    pass.looks.set(`${bucket} ${prefix}`, seq);
  }

  #deleted(operation: string, region: string, input: Record<string, unknown>): { id: string; entry?: Entry } {
    const { ledger, rds } = this.#house;
    if (operation === "DeleteObject") {
      const [, source = "", point = ""] = String(input.Key).split("/");
      const entry = ledger.entry(source, point);
      const id = `${input.Key} ${input.VersionId}`;
      return entry?.copiesEver.has(String(input.VersionId)) ? { id, entry } : { id };
    }
    const kind = operation === "DeleteDBSnapshot" ? "instance" : "cluster";
    const id = String(input.DBSnapshotIdentifier ?? input.DBClusterSnapshotIdentifier);
    const there = rds.find(kind, region, id);
    const entry = [...ledger.entries.values()].find((one) => {
      const ours = this.#house.snapshotsOf(one, region).some((snapshot) => snapshot === there);
      return there !== undefined && ours;
    });
    return entry ? { id, entry } : { id };
  }

  #mayDelete(pass: Pass, call: Call): void {
    const { operation, input, region } = call;
    const house = this.#house;
    const { id, entry } = this.#deleted(operation, region, input);
    if (entry) {
      this.#deleting.set(call, entry);
      // From now on another pass that looked before may find that it is gone.
      entry.gone.set(region, house.ledger.seq + 1);
    } else {
      const kind = operation === "DeleteDBSnapshot" ? "instance" : "cluster";
      const there = operation === "DeleteObject" ? undefined : house.rds.find(kind, region, id);
      const since = there && house.ledger.foreign.get(house.rds.arnOf(there));
      // Between the last look and the call nobody can know: there IAM refuses what has not our tag.
      const unseen =
        since !== undefined && since > (pass.looks.get(`snapshot ${id}`) ?? 0) && untagged(there);
      if ((there || operation === "DeleteObject") && !unseen)
        this.#breaks(pass, `deletes ${id}, which is not ours`);
      pass.refused ||= unseen;
      if (unseen) throw new AwsError("AccessDenied", "the snapshot has not the tag", 403);
      return;
    }
    const what = `deletes ${id}`;
    for (const vault of regions.map((one) => house.vault(one))) {
      if (!pass.read.has(vault)) this.#breaks(pass, `${what} and has not read ${vault}`);
    }
    for (const why of forbids(house, pass, entry)) this.#breaks(pass, `${what} although ${why}`);
    const copy = entry.copies.get(String(input.VersionId));
    if (copy && (copy.untilMs > house.clock.now() || copy.legalHold))
      this.#breaks(pass, `${what}, which is locked`);
    if (counts(pass, entry) && house.exists(entry, region)) {
      const left = seen(pass, standing(house, pass, entry));
      const { keep } = sourceOf(house, pass, entry.source).plan;
      for (const why of losses(left, keep, entry.point)) this.#breaks(pass, `${what}: ${why}`);
    }
    const look = (vault: string) => pass.looks.get(`${vault} ${pointPrefix(entry.source, entry.point)}`) ?? 0;
    const drills = (vault: string) => pass.looks.get(`${vault} ${drillsOf(entry.source)}`) ?? 0;
    const vaults = regions.map((one) => house.vault(one));
    if (vaults.some((one) => look(one) === 0 || drills(one) === 0))
      this.#breaks(pass, `${what} with no last look`);
    for (const held of entry.holds) {
      const lapsed = isReader(held) && house.clock.now() + pass.skewMs - held.at.ms >= 7 * 24 * hourMs;
      const looked = pass.looks.get(`${held.at.vault} ${held.under}`) ?? 0;
      if (held.at.seq < looked && !held.released && !lapsed)
        this.#breaks(pass, `${what}, held by ${held.id}`);
    }
    if (!this.#wasMarked(pass, entry, look(house.vault(region))))
      this.#breaks(pass, `${what} with no mark of an hour to a day`);
  }

  /** Whether an earlier pass marked it an hour to a day ago, and no pass that knew of it took that back. */
  #wasMarked({ region, skewMs, startedSeq }: Pass, entry: Entry, lookedSeq: number): boolean {
    const nowMs = this.#house.clock.now();
    return entry.marks.some(({ region: where, seq, ms }) => {
      const back = entry.takenBack.some(
        (one) => one.region === region && one.knew > seq && one.seq < lookedSeq,
      );
      // A pass whose clock is wrong cannot know better.
      const [oldest, youngest] = [nowMs + Math.max(0, skewMs) - ms, nowMs + Math.min(0, skewMs) - ms];
      const dayMs = 24 * hourMs + toleranceMs;
      return where === region && seq < startedSeq && oldest >= hourMs && youngest <= dayMs && !back;
    });
  }

  #mayRecord(pass: Pass, { input, region }: Call): void {
    const house = this.#house;
    const key = String(input.Key);
    const changed = parseChangeKey(key);
    if (changed) {
      // That a finding has changed is no fact: the mark of it is overwritten.
      const own = region === pass.region && input.Bucket === house.vault(region);
      if (!own || !changed.id.startsWith("expiry-frozen.")) this.#breaks(pass, `marks ${key} as changed`);
      return;
    }
    if (region !== pass.region || input.Bucket !== house.vault(region) || input.IfNoneMatch !== "*")
      this.#breaks(pass, `puts ${key} into ${input.Bucket}`);
    const point = parsePointKey(key);
    if (!point) {
      const finding = parseFindingKey(key);
      const [, source = ""] = finding?.id.split(".") ?? [];
      if (!finding) this.#breaks(pass, `puts ${key}`);
      else if (finding.name === "ended" && pass.skewMs === 0 && isFrozen(house, pass, source))
        this.#breaks(pass, `tells that ${source} is frozen no longer`);
      return;
    }
    const entry = house.ledger.entry(point.source, point.point);
    const [fact = ""] = point.name.split("-", 1);
    if (!entry || !["expiring", "kept", "locked", "expired"].includes(fact)) {
      this.#breaks(pass, `records ${key}`);
      return;
    }
    if (fact === "expiring") {
      for (const why of forbids(house, pass, entry))
        this.#breaks(pass, `marks ${entry.point} although ${why}`);
      if (pass.read.size < 2) this.#breaks(pass, `marks ${entry.point} and has not read both vaults`);
    }
    const marked = entry.marks.some((mark) => mark.region === region && mark.seq < pass.startedSeq);
    if (fact === "expired" && !marked) this.#breaks(pass, `records that ${entry.point} expired, unmarked`);
    if (fact === "expired" && (house.exists(entry, region) || house.snapshotsOf(entry, region).length > 0))
      this.#breaks(pass, `records that ${entry.point} expired, and it is there`);
  }

  #recorded(pass: Pass, bucket: string, key: string): void {
    const { ledger, clock } = this.#house;
    const { region } = pass;
    const at = { seq: ++ledger.seq, ms: clock.now() };
    const point = parsePointKey(key);
    const entry = point && ledger.entry(point.source, point.point);
    if (entry && point) {
      const { name } = point;
      if (name.startsWith("expiring-")) entry.marks.push({ region, ...at });
      const namedMs = Date.parse(isoInstant(name.slice(-16)));
      if (name.startsWith("kept-")) {
        const knew = pass.surveyed.get(bucket) ?? 0;
        entry.takenBack.push({ region, seq: at.seq, ms: Math.max(at.ms, namedMs), knew });
      }
      if (name.startsWith("locked-")) entry.locked.push({ region, ...at, untilMs: namedMs });
      if (name.startsWith("expired-")) entry.expired.add(region);
    }
    const finding = parseFindingKey(key);
    const [kind, source] = finding?.id.split(".") ?? [];
    if (kind !== "expiry-frozen" || bucket !== this.#house.vault(region)) return;
    if (finding?.name === "opened") ledger.frozen.add(`${source}/${region}`);
    if (finding?.name === "ended") {
      ledger.frozen.delete(`${source}/${region}`);
      ledger.thawed.set(`${source}/${region}`, at.seq);
    }
  }
}

/** Whether IAM refuses to let expire delete the snapshot (infra/constructs/source-access.ts). */
function untagged(snapshot: Snapshot | undefined): boolean {
  return !snapshot?.tags.some(({ Key, Value }) => Key === "holdfast:environment" && Value === "test");
}
