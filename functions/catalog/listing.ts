import { eachElement, findElement } from "../core/xml.ts";
import type { Scan } from "../scan.ts";

/** A fact's key and when S3 stored it in this vault (ISO-8601 UTC). */
export type Entry = { key: string; storedAt: string };

/** What the catalog reads of a page of ListObjectsV2. */
export type ListingPage = { entries: Entry[]; NextContinuationToken?: string | undefined };

/** Reads a page of ListObjectsV2; `undefined` if it is not as S3 writes one, or has a key with an escaped character. */
export const scanListing: Scan = { item: "Contents", read: readListing };

function readListing(xml: string, text: (from: number, to: number) => string): ListingPage | undefined {
  const entries: Entry[] = [];
  let token = "";
  let listed = false;
  let complete = true;
  const whole = eachElement(xml, 0, xml.length, (root, from, to) => {
    if (root !== "ListBucketResult") return;
    listed = eachElement(xml, from, to, (name, from, to) => {
      if (name === "NextContinuationToken") token = text(from, to);
      if (name !== "Contents") return;
      const key = findElement(xml, "Key", from, to);
      // S3 writes instants as we do: 2026-11-21T03:00:00.000Z.
      const stored = findElement(xml, "LastModified", from, to);
      if (key && stored)
        entries.push({ key: text(key.from, key.to), storedAt: text(stored.from, stored.to) });
      else complete = false;
    });
  });
  const escaped = token.includes("&") || entries.some(({ key }) => key.includes("&"));
  if (!whole || !listed || !complete || escaped) return undefined;
  return { entries, NextContinuationToken: token || undefined };
}
