import { createHash, randomUUID } from "node:crypto";
import { idempotencyKey, idempotencyOf, parseIdempotencyKey } from "../catalog/action-keys.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { IdempotencyFact } from "../core/action.ts";
import { canonicalJson } from "../core/canonical.ts";
import { asProblem, Problem } from "../core/problem.ts";
import { ifThere } from "./drills.ts";

/** For so long the same key gets the same answer. */
export const rememberedSeconds = 86_400;

/** A try that began and has no end after so long was cut off: an invocation takes 30 seconds at most. */
const cutOffSeconds = 60;

/** A request that carries a key, by which a repetition of it is known. */
export type Keyed = { who: string; operation: string; key: string; input: unknown };

/** What is known of the same request: its answer, or when it was tried first and has come to no answer. */
export type Before = { answer?: { body: unknown }; since?: Date };

type Here = { catalog: Catalog; now(): Date };
/** The number of the last try, whether it failed, and whether any has given an answer. */
type Kept = { number: number; failed: boolean; done: boolean };

/**
 * Does something once for each key: whoever asks again within a day gets the answer of the first time. A request that
 * failed, or was cut off, may be tried again under its key, one try at a time.
 */
export class Once {
  readonly #here: Here;
  readonly #request: string;
  readonly #digests: string[];
  #claim: { sha256: string; number: number } | undefined;

  /** Throws `Problem` invalid for what cannot be a key. */
  constructor({ who, operation, key, input }: Keyed, here: Here) {
    if (!/^[\x21-\x7e]{1,200}$/.test(key))
      throw new Problem(
        "invalid",
        "The idempotency key is not one",
        "Send 1 to 200 visible ASCII characters.",
      );
    this.#here = here;
    this.#request = digest(canonicalJson([operation, input]));
    // Facts are for ever and a key is not: it is another one each day, and yesterday's is looked at too.
    const days = [rememberedSeconds, 0].map((seconds) =>
      new Date(here.now().getTime() - seconds * 1_000).toISOString().slice(0, 10),
    );
    this.#digests = days.map((day) => digest(canonicalJson([who, operation, key, day])));
  }

  /**
   * What became of the same request before. Throws `Problem` invalid if the key was another request's, and conflict
   * while somebody is at it.
   */
  async before(): Promise<Before> {
    for (const sha256 of this.#digests) {
      const kept = await this.#kept(sha256);
      if (!kept) continue;
      const read = (name: Parameters<typeof idempotencyKey>[1]) =>
        this.#here.catalog.read(idempotencyKey(sha256, name), IdempotencyFact);
      const first = await read("begun-1");
      if (this.#secondsSince(first.at) > rememberedSeconds) continue;
      this.#mustBeThis(first);
      const done = kept.done ? await read("done") : undefined;
      if (done?.answer) return { answer: { body: done.answer.body } };
      const last = kept.number === 1 ? first : await read(`begun-${kept.number}`);
      if (!kept.failed && this.#secondsSince(last.at) < cutOffSeconds) throw underWay();
      this.#claim = { sha256, number: kept.number + 1 };
      return { since: new Date(first.at) };
    }
    return {};
  }

  /** Claims the key for one try. Throws `Problem` conflict if somebody else has just done so. */
  async begin(): Promise<void> {
    this.#claim ??= { sha256: this.#digests.at(-1) as string, number: 1 };
    const { sha256, number } = this.#claim;
    const name = `begun-${number}` as const;
    const by = randomUUID();
    const made = await this.#record(name, { by }).catch((thrown: unknown) => asProblem(thrown));
    if (made === true) return;
    // S3 may have taken it though nobody heard, and then says to the client's own repetition that it is there.
    const there = await ifThere(this.#here.catalog.read(idempotencyKey(sha256, name), IdempotencyFact));
    if (there?.by === by) return;
    throw made instanceof Problem ? made : underWay();
  }

  /** Says that the try has come to no answer, so that the next need not wait until it must have been cut off. */
  async fail(): Promise<void> {
    if (this.#claim) await this.#record(`failed-${this.#claim.number}`);
  }

  /** Keeps the answer, if it can: what is done is done, and a repetition finds that by its name. */
  async end(body: unknown): Promise<void> {
    await this.#record("done", { answer: { body } }).catch(() => this.fail().catch(() => {}));
  }

  #record(name: Parameters<typeof idempotencyKey>[1], more: Pick<IdempotencyFact, "answer" | "by"> = {}) {
    const { catalog, now } = this.#here;
    const fact = { schema: 1, at: now().toISOString(), request: this.#request, ...more } as const;
    return catalog.record(idempotencyKey(this.#claim?.sha256 ?? "", name), IdempotencyFact, fact);
  }

  /** Which facts there are of a key; undefined where there are none. */
  async #kept(sha256: string): Promise<Kept | undefined> {
    const names: string[] = [];
    for await (const { key } of this.#here.catalog.list(idempotencyOf(sha256)))
      names.push(parseIdempotencyKey(key) ?? "");
    const number = Math.max(0, ...names.map((name) => Number(/^begun-(\d+)$/.exec(name)?.[1] ?? 0)));
    if (number === 0) return undefined;
    return { number, failed: names.includes(`failed-${number}`), done: names.includes("done") };
  }

  #mustBeThis({ request }: IdempotencyFact): void {
    if (request === this.#request) return;
    throw new Problem(
      "invalid",
      "This idempotency key was used for another request",
      "Give each request a key of its own.",
    );
  }

  #secondsSince(at: string): number {
    return (this.#here.now().getTime() - Date.parse(at)) / 1_000;
  }
}

function underWay(): Problem {
  return new Problem(
    "conflict",
    "A request with this idempotency key is under way",
    "Ask again in a minute.",
  );
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
