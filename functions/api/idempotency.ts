import { createHash } from "node:crypto";
import { idempotencyKey } from "../catalog/action-keys.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { IdempotencyFact } from "../core/action.ts";
import { canonicalJson } from "../core/canonical.ts";
import { Problem } from "../core/problem.ts";
import { ifThere } from "./drills.ts";

/** For so long the same key gets the same answer. */
export const rememberedSeconds = 86_400;

/** A request that began and has no answer after so long was cut off: an invocation takes 30 seconds at most. */
const cutOffSeconds = 60;

/** A request that carries a key, by which a repetition of it is known. */
export type Keyed = { who: string; operation: string; key: string; input: unknown };

type Here = { catalog: Catalog; now(): Date };

/** Does something once for each key: whoever asks again within a day gets the answer of the first time. */
export class Once {
  readonly #here: Here;
  readonly #request: string;
  readonly #digests: string[];

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
    const days = [0, rememberedSeconds].map((seconds) =>
      new Date(here.now().getTime() - seconds * 1_000).toISOString().slice(0, 10),
    );
    this.#digests = days.map((day) => digest(canonicalJson([who, operation, key, day])));
  }

  /** The answer of the first time, if there was one. Throws `Problem` invalid if that was for another request. */
  async answer(): Promise<{ body: unknown } | undefined> {
    for (const sha256 of this.#digests) {
      const done = await ifThere(this.#here.catalog.read(idempotencyKey(sha256, "done"), IdempotencyFact));
      if (!done?.answer || this.#secondsSince(done.at) > rememberedSeconds) continue;
      this.#mustBeThis(done);
      return { body: done.answer.body };
    }
    return undefined;
  }

  /** Claims the key. Throws `Problem` conflict while somebody else is at it. */
  async begin(): Promise<void> {
    const { catalog, now } = this.#here;
    const key = idempotencyKey(this.#today, "begun");
    const fact = { schema: 1, at: now().toISOString(), request: this.#request } as const;
    if (await catalog.record(key, IdempotencyFact, fact)) return;
    const begun = await catalog.read(key, IdempotencyFact);
    this.#mustBeThis(begun);
    if (this.#secondsSince(begun.at) < cutOffSeconds)
      throw new Problem(
        "conflict",
        "A request with this idempotency key is under way",
        "Ask again in a minute.",
      );
  }

  /** Keeps the answer. */
  async end(body: unknown): Promise<void> {
    const { catalog, now } = this.#here;
    const fact = { schema: 1, at: now().toISOString(), request: this.#request, answer: { body } } as const;
    await catalog.record(idempotencyKey(this.#today, "done"), IdempotencyFact, fact);
  }

  get #today(): string {
    return this.#digests[0] as string;
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

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
