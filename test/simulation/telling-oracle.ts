import type { FindingFactName } from "../../functions/core/episode.ts";
import {
  type Finding,
  findingId,
  priorities,
  priorityOf,
  tellAfterSeconds,
} from "../../functions/core/finding.ts";
import { isQuiet } from "../../functions/core/local-time.ts";
import type { Region, Sent, Town } from "./telling-town.ts";

/** What is really so, whatever anybody knows of it. */
export type Truth = { number: number; finding: Finding; ended: boolean };

const minuteMs = 60_000;
/** How long a region leaves what is about the other one to it. */
const graceMs = 15 * minuteMs;
/** The longest that a pass in vain, or dead, keeps the next one from telling: a claim lapses, or a pause is over. */
const recoveryMs = 10 * minuteMs;
/** By how much clocks are apart here, at most, on either side. */
const clocksMs = 3 * minuteMs;
/** A message of a storm waits for more to go with it, a P1 never. */
const gatherMs = 5 * minuteMs;
/** Passes run each minute. */
const passMs = 2 * minuteMs;

/** Holds every message to what its sender could know, and every one that is due to its bound. */
export class TellingOracle {
  readonly #town: Town;
  readonly #truths: readonly Truth[];
  readonly #broken: (line: string) => void;
  #checked = 0;
  /** By `<number> <step> <severity>`: the messages that told it. */
  readonly #told = new Map<string, Sent[]>();

  constructor(town: Town, truths: readonly Truth[], broken: (line: string) => void) {
    this.#town = town;
    this.#truths = truths;
    this.#broken = broken;
  }

  /** Remembers which region something ails, for what may be late or doubled afterwards. */
  noteTrouble(): void {
    for (const region of this.#town.regions)
      if (region.health !== "well" || region.snsFails) region.ailedMs = this.#town.clock.now();
  }

  checkNow(): void {
    const { sent } = this.#town;
    for (; this.#checked < sent.length; this.#checked++) this.#checkSent(sent[this.#checked] as Sent);
    for (const truth of this.#truths) this.#checkLate(truth);
  }

  /** After a long peace nothing is owed: whatever is open was told, and the end of whatever was. */
  checkInTheEnd(): void {
    for (const { finding, number, ended } of this.#truths) {
      const told = this.#first(number, "opened");
      const waits = this.#waits(finding) + graceMs;
      const known = Math.min(...this.#known(finding, "opened"));
      const quiet = this.#town.regions.every((region) => this.#isQuiet(finding, region));
      if (!ended && !told && this.#town.clock.now() > known + waits + 20 * minuteMs && !quiet)
        this.#broken(`#${number}# is open and was never told`);
      if (ended && told && !this.#first(number, "ended") && !quiet)
        this.#broken(`the end of #${number}# was never told`);
    }
  }

  #checkSent(sent: Sent): void {
    const numbers = [...sent.text.matchAll(/#(\d+)#/g)].map(([, number]) => Number(number));
    if (numbers.length === 0) this.#broken(`a message says nothing: ${sent.subject}`);
    for (const number of new Set(numbers)) {
      const truth = this.#truths[number - 1];
      const step = truth && sent.pass.claims.get(nameOf(truth.finding));
      if (!truth || !step) {
        this.#broken(`${sent.region} tells #${number}#, which it has not claimed`);
        continue;
      }
      this.#checkTrue(sent, truth, step);
      this.#checkOnce(sent, number, step);
      this.#checkHearers(sent, truth, step);
    }
  }

  /** Nobody is told of what is not wrong: what the sender's vault, or the other one if it answered, knew to be over. */
  #checkTrue({ region: name, pass }: Sent, { finding, number }: Truth, step: string): void {
    const region = this.#town.region(name);
    const other = this.#town.other(region);
    const since = pass.startedMs;
    const knows = (where: Region, fact: FindingFactName) =>
      (this.#storedMs(where, finding, fact) ?? since) < since;
    const saw = (fact: FindingFactName) =>
      knows(region, fact) || (!pass.hurt && other.health === "well" && knows(other, fact));
    if (step === "ended") {
      if (this.#known(finding, "ended").length === 0)
        this.#broken(`${name} tells that #${number}# is over, and it is not`);
      if (!this.#wasTried(finding))
        this.#broken(`${name} tells the end of #${number}#, which nobody was told of`);
      return;
    }
    if (saw("ended")) this.#broken(`${name} tells ${step} of #${number}#, and knows that it is over`);
    if (step !== "opened" && saw("acknowledged"))
      this.#broken(`${name} tells ${step} of #${number}#, and knows that somebody is on it`);
    const known = Math.min(...this.#known(finding, "opened"));
    const waits = this.#waits(finding) - (region.skewMs > 0 ? region.skewMs : 0);
    if (step === "opened" && pass.startedMs < known + waits)
      this.#broken(`${name} tells #${number}# before it has lasted`);
  }

  #checkOnce(sent: Sent, number: number, step: string): void {
    const name = `${number} ${step} ${sent.severity}`;
    const before = this.#told.get(name) ?? [];
    this.#told.set(name, [...before, sent]);
    const last = before.at(-1);
    if (!last || last.pass.hurt || sent.pass.hurt) return;
    const across = last.region !== sent.region;
    // What one region cannot see of the other, it may tell again.
    const troubled = this.#town.regions.some(
      ({ faultMs, ailedMs }) => sent.atMs - Math.max(faultMs, ailedMs) < graceMs + recoveryMs,
    );
    if (across && troubled) return;
    this.#broken(
      `${sent.region} tells ${step} of #${number}# again, which ${last.region} told at ${at(last.atMs)}`,
    );
  }

  #checkHearers(sent: Sent, { finding, number }: Truth, step: string): void {
    const { severity } = priorities[priorityOf(finding.kind)];
    const escalated = [...this.#told.keys()].some((name) => name.startsWith(`${number} escalated`));
    const wakes = severity === "page" || step.startsWith("escalated") || (step === "ended" && escalated);
    if (sent.severity === "page" && !wakes) this.#broken(`#${number}# wakes people, and is no page`);
    const { quietHours } = this.#town.environment.alerts;
    const now = new Date(sent.atMs + this.#town.region(sent.region).skewMs);
    if (sent.severity === "notify" && !wakes && quietHours && isQuiet(quietHours, now))
      this.#broken(`#${number}# is told in quiet hours`);
  }

  /** Whatever a region could tell for long enough, untroubled, has been told. */
  #checkLate({ finding, number }: Truth): void {
    const nowMs = this.#town.clock.now();
    const grave = priorityOf(finding.kind) === "P1";
    for (const region of this.#town.regions) {
      if (region.health !== "well" || region.snsFails || this.#isQuiet(finding, region)) continue;
      const mine = finding.region === region.name ? 0 : graceMs;
      // A claim of the other one's, of which nothing more was heard, holds this one up as its own would.
      const faults = this.#town.regions.map(({ faultMs }) => faultMs);
      const untroubledMs = Math.max(region.ailedMs, ...faults) + recoveryMs;
      const late = (dueMs: number, gathers: boolean) =>
        nowMs > Math.max(dueMs + mine, untroubledMs) + passMs + clocksMs + (gathers ? gatherMs : 0);
      const openedMs = this.#storedMs(region, finding, "opened");
      if (openedMs === undefined) continue;
      const endedMs = this.#storedMs(region, finding, "ended");
      const told = this.#first(number, "opened");
      if (endedMs !== undefined) {
        if (told && !this.#first(number, "ended") && late(Math.max(endedMs, told.atMs), true))
          this.#broken(`${region.name} has not told the end of #${number}#`);
      } else if (this.#known(finding, "ended").length > 0) {
        // The other vault knows better.
      } else if (!told) {
        if (late(openedMs + this.#waits(finding), !grave))
          this.#broken(`${region.name} has not told #${number}#`);
      } else if (this.#known(finding, "acknowledged").length === 0) {
        // Counted from when this region knew that it was told.
        const toldMs = this.#toldMs(region, finding);
        const dueMs = toldMs === undefined ? undefined : this.#escalationDueMs(finding, toldMs);
        if (dueMs && !this.#first(number, "escalated-1") && late(dueMs, false))
          this.#broken(`${region.name} has not told #${number}# again, which nobody acknowledged`);
      }
    }
  }

  #escalationDueMs({ kind }: Finding, toldMs: number): number | undefined {
    const priority = priorityOf(kind);
    if (priority === "P4") return undefined;
    const { acknowledgeSeconds } = this.#town.environment.alerts;
    return toldMs + (acknowledgeSeconds?.[priority] ?? priorities[priority].acknowledgeSeconds) * 1_000;
  }

  #waits({ kind }: Finding): number {
    return (tellAfterSeconds[kind] ?? 0) * 1_000;
  }

  /** Whether quiet hours keep it back, or did until a moment ago. */
  #isQuiet({ kind }: Finding, { skewMs }: Region): boolean {
    const { quietHours } = this.#town.environment.alerts;
    if (!quietHours || priorities[priorityOf(kind)].severity === "page") return false;
    const nowMs = this.#town.clock.now() + skewMs;
    const looks = [0, passMs + gatherMs, 2 * (passMs + gatherMs)];
    return looks.some((ago) => isQuiet(quietHours, new Date(nowMs - ago)));
  }

  #first(number: number, step: string): Sent | undefined {
    return this.#told.get(`${number} ${step} page`)?.[0] ?? this.#told.get(`${number} ${step} notify`)?.[0];
  }

  /** When this region's vault first had that the opening was told, by whichever region. */
  #toldMs(region: Region, finding: Finding): number | undefined {
    const known = this.#town.regions.flatMap(
      ({ name }) => this.#storedMs(region, finding, `told-${name}`) ?? [],
    );
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** Whether any region ever tried to tell that it opened. */
  #wasTried(finding: Finding): boolean {
    const opened = new RegExp(`^${nameOf(finding).replaceAll(".", "\\.")}/telling-.*-opened-1$`);
    return [...this.#town.stored.values()].some((facts) => [...facts.keys()].some((one) => opened.test(one)));
  }

  #known(finding: Finding, fact: FindingFactName): number[] {
    return this.#town.regions.flatMap((region) => this.#storedMs(region, finding, fact) ?? []);
  }

  #storedMs({ name }: Region, finding: Finding, fact: FindingFactName): number | undefined {
    return this.#town.stored.get(name)?.get(`${nameOf(finding)}/${fact}`);
  }
}

function nameOf(finding: Finding): string {
  return `${findingId(finding)}/${finding.since}`;
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}
