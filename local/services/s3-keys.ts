/** Orders two keys as S3 does: by their UTF-8 bytes (S3 user guide, ListObjectsV2). */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Only surrogates, which stand for U+10000 and above, sort differently by UTF-16 units than by UTF-8 bytes.
    if (x >= 0xd800 && y >= 0xd800) {
      const xPair = x <= 0xdfff;
      const yPair = y <= 0xdfff;
      if (xPair !== yPair) return xPair ? 1 : -1;
    }
    return x - y;
  }
  return a.length - b.length;
}

/** Things with a key, kept in the order of their keys, so that listing does not sort. */
export class KeyIndex<T extends { key: string }> {
  readonly #byKey = new Map<string, T>();
  readonly #sorted: T[] = [];

  /** How many there are. */
  get size(): number {
    return this.#sorted.length;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  /** The thing at a place in the order, counted from 0. */
  at(index: number): T | undefined {
    return this.#sorted[index];
  }

  /** Adds a thing whose key is not there yet. */
  add(thing: T): void {
    this.#byKey.set(thing.key, thing);
    const last = this.#sorted.at(-1);
    if (!last || compareUtf8(last.key, thing.key) < 0) this.#sorted.push(thing);
    else this.#sorted.splice(this.firstFrom(thing.key), 0, thing);
  }

  delete(key: string): void {
    if (this.#byKey.delete(key)) this.#sorted.splice(this.firstFrom(key), 1);
  }

  /** The place of the first key that is not before `key`. */
  firstFrom(key: string): number {
    return this.#first((other) => compareUtf8(other, key) >= 0);
  }

  /** The place of the first key after `key`. */
  firstAfter(key: string): number {
    return this.#first((other) => compareUtf8(other, key) > 0);
  }

  /** The place of the first key after all that begin with `prefix`. */
  firstPast(prefix: string): number {
    return this.#first((other) => compareUtf8(other, prefix) > 0 && !other.startsWith(prefix));
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#sorted[Symbol.iterator]();
  }

  #first(reached: (key: string) => boolean): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reached((this.#sorted[middle] as T).key)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
