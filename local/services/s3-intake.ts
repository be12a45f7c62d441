import { createHash, hash } from "node:crypto";
import { AwsError } from "../twin.ts";
import { type Algorithm, algorithmWanted, checksumGiven, running } from "./s3-checksums.ts";
import { badDigest } from "./s3-errors.ts";
import type { Content, Segment, Store } from "./s3-state.ts";

/** The members of a request that carry its bytes and say what they should be. */
export type Upstream = {
  Body?: unknown;
  ContentLength?: number | undefined;
  ContentMD5?: string | undefined;
  ChecksumAlgorithm?: string | undefined;
};

/**
 * Takes a request's bytes in and checks them against all that the request says of them. Throws BadDigest,
 * InvalidDigest, IncompleteBody, EntityTooLarge; nothing is kept then.
 */
export async function takeIn(
  store: Store,
  input: Upstream,
  maxBytes: number,
  wanted?: Algorithm,
): Promise<Content> {
  const algorithm = wanted ?? algorithmWanted(input);
  const taken = await bytesOf(store, input.Body, maxBytes, algorithm);
  try {
    // Read only now: over HTTP the checksum may come in a trailer behind the bytes.
    const given = checksumGiven(input);
    if (given) {
      const real =
        given.algorithm === algorithm
          ? taken.checksum.value
          : await checksumOf(store, taken, given.algorithm);
      if (real !== given.value) throw badDigest(given.algorithm);
    }
    checkMd5(input.ContentMD5, taken.md5);
    if (input.ContentLength !== undefined && input.ContentLength !== taken.sizeBytes) {
      const message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
      throw new AwsError("IncompleteBody", message, 400);
    }
    return taken;
  } catch (thrown) {
    store.release(taken.segments);
    throw thrown;
  }
}

async function bytesOf(
  store: Store,
  body: unknown,
  maxBytes: number,
  algorithm: Algorithm,
): Promise<Measured> {
  const bytes = whole(body);
  const sum = running(algorithm);
  if (bytes) {
    if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes);
    sum.update(bytes);
    const md5 = hash("md5", bytes);
    const segments = bytes.length
      ? [{ blob: await store.blobs.write(bytes), start: 0, length: bytes.length }]
      : [];
    return {
      ...measured(segments, md5),
      checksum: { algorithm, type: "FULL_OBJECT", value: await sum.digest() },
    };
  }
  const md5 = createHash("md5");
  let length = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
      const piece = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      length += piece.length;
      if (length > maxBytes) throw tooLarge(length, maxBytes);
      md5.update(piece);
      sum.update(piece);
      yield piece;
    }
  }
  const blob = await store.blobs.write(counted());
  if (length === 0) store.blobs.release(blob);
  const segments = length ? [{ blob, start: 0, length }] : [];
  const checksum = { algorithm, type: "FULL_OBJECT" as const, value: await sum.digest() };
  return { ...measured(segments, md5.digest("hex")), checksum };
}

/** The MD5 (hex) and one checksum of bytes that are stored already. */
export async function measure(store: Store, segments: Segment[], algorithm: Algorithm): Promise<Measured> {
  const md5 = createHash("md5");
  const sum = running(algorithm);
  for await (const chunk of chunksOf(store, segments)) {
    md5.update(chunk);
    sum.update(chunk);
  }
  const checksum = { algorithm, type: "FULL_OBJECT" as const, value: await sum.digest() };
  return { ...measured(segments, md5.digest("hex")), checksum };
}

/** The stored bytes, in order. */
export async function* chunksOf(store: Store, segments: Segment[]): AsyncGenerator<Uint8Array> {
  for (const { blob, start, length } of segments) yield* store.blobs.read(blob, start, length);
}

/** A stretch of stored bytes, as segments. */
export function sliceOf(segments: Segment[], start: number, length: number): Segment[] {
  const slice: Segment[] = [];
  let before = 0;
  for (const segment of segments) {
    const from = Math.max(start - before, 0);
    const to = Math.min(start + length - before, segment.length);
    if (from < to) slice.push({ blob: segment.blob, start: segment.start + from, length: to - from });
    before += segment.length;
  }
  return slice;
}

type Measured = Content & { md5: string };

function measured(segments: Segment[], md5: string): Omit<Measured, "checksum"> {
  return { segments, sizeBytes: segments.reduce((sum, { length }) => sum + length, 0), md5, etag: md5 };
}

function whole(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string") return Buffer.from(body);
  // A copy: the caller may go on to use its own buffer for something else.
  if (body instanceof Uint8Array) return Buffer.from(body);
  return undefined;
}

async function checksumOf(store: Store, { segments }: Content, algorithm: Algorithm): Promise<string> {
  return (await measure(store, segments, algorithm)).checksum.value;
}

/** Compares a `Content-MD5` (base64) with the real MD5 (hex). Throws InvalidDigest, BadDigest. */
export function checkMd5(given: string | undefined, real: string | undefined): void {
  if (given === undefined || real === undefined) return;
  const expected = Buffer.from(given, "base64");
  if (expected.length !== 16)
    throw new AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400);
  if (expected.toString("hex") !== real) throw badDigest("Content-MD5");
}

function tooLarge(proposed: number, max: number): AwsError {
  const details = { ProposedSize: proposed, MaxSizeAllowed: max };
  return new AwsError(
    "EntityTooLarge",
    "Your proposed upload exceeds the maximum allowed size",
    400,
    details,
  );
}
