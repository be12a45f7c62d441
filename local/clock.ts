/** Time as the stand-in sees it: real for `npm start`, virtual for tests, where a year passes in a moment. */
export type Clock = {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Runs `wake` at the instant, or at once if that is past. Gives a function that cancels it. */
  at(ms: number, wake: () => void): () => void;
};

/** The machine's own time. Pending wake-ups do not keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  at(ms, wake) {
    // setTimeout holds at most 2^31 - 1 ms (24.8 days); a later instant is approached in hops.
    let timer: NodeJS.Timeout;
    const arm = () => {
      const rest = ms - Date.now();
      timer = setTimeout(rest > 2_000_000_000 ? arm : wake, Math.max(0, Math.min(rest, 2_000_000_000)));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Time that stands still until it is moved. */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  #waiting: Waiting[] = [];

  constructor(startIso = "2026-11-21T00:00:00Z") {
    this.#now = Date.parse(startIso);
  }

  now(): number {
    return this.#now;
  }

  at(ms: number, wake: () => void): () => void {
    const entry = { ms, sequence: this.#sequence++, wake };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** The earliest instant for which somebody waits; undefined if nobody does. */
  get nextMs(): number | undefined {
    return this.#waiting.length === 0 ? undefined : Math.min(...this.#waiting.map(({ ms }) => ms));
  }

  /** Moves time to the instant, running what is due on the way in order of time. */
  advanceTo(ms: number): void {
    for (;;) {
      let next: Waiting | undefined;
      for (const entry of this.#waiting) {
        if (entry.ms > ms) continue;
        if (!next || entry.ms < next.ms || (entry.ms === next.ms && entry.sequence < next.sequence))
          next = entry;
      }
      if (!next) break;
      const due = next;
      this.#waiting = this.#waiting.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.ms);
      due.wake();
    }
    this.#now = Math.max(this.#now, ms);
  }

  /** Moves time on by so many ms. */
  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }
}

type Waiting = { ms: number; sequence: number; wake: () => void };
