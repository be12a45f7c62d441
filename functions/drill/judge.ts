import { createHash } from "node:crypto";
import { fingerprintKey } from "../catalog/proof-keys.ts";
import { compareFingerprints, type Difference } from "../core/compare-fingerprints.ts";
import type { FingerprintRef } from "../core/drill.ts";
import {
  type CheckReport,
  type CheckResult,
  type Fingerprint,
  joinFingerprints,
} from "../core/fingerprint.ts";
import { cut } from "../core/text.ts";
import type { DrillWorld } from "../drill-world.ts";
import { keptReport } from "./asking.ts";
import type { Begun } from "./begin.ts";
import { earlierFingerprints } from "./earlier.ts";
import type { Found } from "./found.ts";

/** A fact and a checkpoint hold so many of each; what failed comes first. */
const most = { checks: 200, differences: 100, chars: 900 };

/**
 * Puts together what all parts of the checks found, keeps the fingerprints, and compares them with those that earlier
 * drills made of the same point, here or elsewhere: the same point is the same data. Repeatable.
 */
export async function judge(begun: Begun, parts: number, world: DrillWorld): Promise<Found> {
  const reports: CheckReport[] = [];
  for (let part = 1; part <= parts; part++) {
    const report = await keptReport(world, keyOf(begun, part));
    if (report) reports.push(report);
  }
  const fingerprints = joinFingerprints(reports.flatMap((one) => one.fingerprints));
  const { key, sha256 } = await keepWhole(begun, fingerprints, world);
  const earlier = await earlierFingerprints(begun, world);
  const differences = once(earlier.found.flatMap((one) => compareAll(one.fingerprints, fingerprints)));
  const checks = [...reports.flatMap((report) => report.checks), ...earlier.checks, ...unless(fingerprints)];
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  const wrong = [...new Set([...differences, ...failed].map(({ sentence }) => sentence))];
  const newestHeartbeatAt = reports.find((report) => report.newestHeartbeatAt)?.newestHeartbeatAt;
  const tables = fingerprints.flatMap((one) => one.tables);
  const fingerprint: FingerprintRef = {
    ...{ key, sha256, databases: fingerprints.length, tables: tables.length },
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    comparedWith: earlier.found.map(({ drill, region, sha256 }) => ({ drill, region, sha256 })),
  };
  return {
    outcome: wrong.length > 0 ? "failed" : "passed",
    ...(wrong.length > 0 ? { reason: reasonOf(wrong) } : {}),
    checks: bounded(checks),
    differences: differences.slice(0, most.differences).map(asFact),
    fingerprint,
    ...(newestHeartbeatAt
      ? { newestHeartbeatAt, dataLossSeconds: lossSeconds(begun.pointAt, newestHeartbeatAt) }
      : {}),
  };
}

/** Several earlier fingerprints that agree with each other tell the same difference. */
function once(differences: Difference[]): Difference[] {
  return [...new Map(differences.map((one) => [one.sentence, one])).values()];
}

function keyOf({ source, point, drill }: Begun, part: number | "whole"): string {
  return fingerprintKey(source.name, point, drill, part);
}

async function keepWhole(begun: Begun, fingerprints: Fingerprint[], { catalog }: DrillWorld) {
  const key = keyOf(begun, "whole");
  const { source, point, drill, region } = begun;
  const whole = { schema: 1, source: source.name, point, drill, region, fingerprints };
  const text = `${JSON.stringify(whole)}\n`;
  const kept = (await catalog.keep(key, text)) ? text : await catalog.text(key);
  return { key, sha256: createHash("sha256").update(kept).digest("hex") };
}

/** Each database with its namesake. One that is there on one side only is the difference itself. */
function compareAll(expected: Fingerprint[], found: Fingerprint[]): Difference[] {
  const byName = new Map(found.map((one) => [one.database, one]));
  const known = new Set(expected.map(({ database }) => database));
  return [
    ...expected.flatMap((one): Difference[] => {
      const same = byName.get(one.database);
      if (same) return compareFingerprints(one, same);
      const sentence = `the database "${one.database}" is missing`;
      return [{ kind: "schema", name: one.database, sentence }];
    }),
    ...found
      .filter(({ database }) => !known.has(database))
      .map(({ database }): Difference => {
        const sentence = `the database "${database}" was not expected`;
        return { kind: "schema", name: database, sentence };
      }),
  ];
}

/** A database of which nothing was read is not proved by checks that had nothing to look at. */
function unless(fingerprints: Fingerprint[]): CheckResult[] {
  if (fingerprints.length > 0) return [];
  const sentence = "nothing of it could be read";
  return [{ name: "fingerprint", outcome: "failed", value: "none", sentence }];
}

function reasonOf(wrong: string[]): string {
  const more = wrong.length > 3 ? `; and ${wrong.length - 3} more` : "";
  return `${cut(wrong.slice(0, 3).join("; "), most.chars)}${more}`;
}

function bounded(checks: CheckResult[]): CheckResult[] {
  const rank = { failed: 0, unproved: 1, passed: 2 };
  const shown = checks
    .map((check, index) => ({ check, index }))
    .sort((a, b) => rank[a.check.outcome] - rank[b.check.outcome] || a.index - b.index)
    .slice(0, most.checks)
    .sort((a, b) => a.index - b.index);
  return shown.map(({ check }) => ({ ...check, sentence: cut(check.sentence, most.chars) }));
}

function asFact({ name, from, to, sentence }: Difference) {
  return {
    name,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    sentence: cut(sentence, most.chars),
  };
}

/** What was written before the point and after the newest beat may be lost: no more than that. */
function lossSeconds(pointAt: string, newestHeartbeatAt: string): number {
  return Math.max(0, (Date.parse(pointAt) - Date.parse(newestHeartbeatAt)) / 1_000);
}
