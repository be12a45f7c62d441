import type { House } from "./expiry-house.ts";
import type { Entry } from "./expiry-ledger.ts";
import { counts, forbids, knows, type Pass, standing } from "./expiry-pass.ts";

const dayMs = 24 * 3_600_000;

/**
 * What is not as a pass that nothing hindered has to leave it: marks, what it tells, and what it has found out. `calm`:
 * nothing else went on, so that it also had to know what was over.
 */
export function leftUndone(house: House, pass: Pass, { calm }: { calm: boolean }): string[] {
  const broken: string[] = [];
  const { ledger } = house;
  if (pass.skewMs !== 0) return broken;
  for (const entry of ledger.entries.values()) {
    const mark = entry.marks.findLast(({ region, seq }) => region === pass.region && seq < pass.startedSeq);
    if (
      mark &&
      house.clock.now() - mark.ms < dayMs &&
      counts(pass, entry) &&
      house.exists(entry, pass.region)
    ) {
      // Names have seconds: of a mark and its taking back in the same one, the latter counts.
      const takenBack = entry.takenBack.some(
        ({ region, seq, ms }) => region === pass.region && (seq > mark.seq || mark.ms - ms < 1_000),
      );
      const [why] = forbids(house, pass, entry);
      if (why && !takenBack) broken.push(`left the mark of ${entry.point} although ${why}`);
    }
    if (calm && isIdle(house, pass, entry))
      broken.push(`did not mark ${entry.point}, for which nothing speaks`);
    const untilMs = Math.max(0, ...[...entry.copies.values()].map((one) => one.untilMs));
    const looked = [...pass.headed].some((key) => key.startsWith(`archives/${entry.source}/${entry.point}/`));
    const known = entry.locked.some((one) => one.untilMs >= untilMs);
    if (looked && untilMs > house.clock.now() && !known)
      broken.push(`did not record the lock of ${entry.point}`);
  }
  for (const { name } of house.environment.sources) {
    const place = `${name}/${pass.region}`;
    // One that another pass has just ended, which knew less, is opened again by the next.
    const told = ledger.frozen.has(place) || (ledger.thawed.get(place) ?? 0) > pass.startedSeq;
    if (isFrozen(house, pass, name) && !told) broken.push(`did not tell that ${name} is frozen`);
  }
  return broken;
}

/** Whether nothing forbids that the point goes, and yet it has no mark. */
function isIdle(house: House, pass: Pass, entry: Entry): boolean {
  const nowMs = house.clock.now();
  const ends = [
    ...entry.locked.map(({ untilMs }) => untilMs),
    ...entry.holds.map(({ at }) => at.ms + 7 * dayMs),
  ];
  // What ended in this minute may or may not have been over when it was looked at.
  if (ends.some((ms) => Math.abs(nowMs - ms) < 60_000)) return false;
  const marked = entry.marks.some(({ region, ms }) => region === pass.region && nowMs - ms <= dayMs);
  return !marked && standing(house, pass, entry).includes(entry) && forbids(house, pass, entry).length === 0;
}

/** Whether damage is open about a source, and keeps something from expiring in the pass's region. */
export function isFrozen(house: House, pass: Pass, source: string): boolean {
  const open = house.ledger.findings.some(({ finding, at, ended }) => {
    const damage = /^(artefact-lost|copy-wrong|archive-damaged|drill-failed)$/.test(finding.kind);
    return damage && finding.source === source && knows(pass, at) && !ended;
  });
  if (!open) return false;
  return house.ledger.of(source).some((entry) => {
    const there = standing(house, pass, entry).includes(entry);
    return there && !forbids(house, pass, entry).includes("its plan demands it");
  });
}
