import type { PointId, Slot } from "../core/slot.ts";
import { signingKeysPrefix } from "./keys.ts";

/** The key of the fact about a signing key. `sha256`: of its public half. */
export function signingKeyKey(sha256: string): string {
  return `${signingKeysPrefix}${sha256}.json`;
}

/** Whether a key is that of a fact about a signing key. */
export function isSigningKeyKey(key: string): boolean {
  return /^catalog\/keys\/[0-9a-f]{64}\.json$/.test(key);
}

/** The key of a fingerprint that a drill made of a point: of a part of it, or of the whole. */
export function fingerprintKey(source: string, point: PointId, drill: Slot, part: number | "whole"): string {
  return `fingerprints/${source}/${point}/${drill}-${part}.json`;
}
