import { AwsError } from "../twin.ts";
import { invalidArgument, invalidRequest } from "./s3-errors.ts";
import type { Data } from "./s3-state.ts";

/** A stretch of an object to read, and what the answer says of it. */
export type Stretch = { start: number; length: number; answer: Record<string, unknown> };

/** The stretch that `Range` or `PartNumber` asks for, else the whole. Throws InvalidRange (416), InvalidPartNumber. */
export function stretchRead(
  data: Data,
  { Range: range, PartNumber: part }: { Range?: string | undefined; PartNumber?: number | undefined },
): Stretch {
  if (range !== undefined && part !== undefined) {
    throw invalidRequest("Cannot specify both Range header and partNumber query parameter");
  }
  if (part !== undefined) return partRead(data, part);
  const asked = range === undefined ? undefined : rangeAsked(range, data.sizeBytes);
  if (!asked) return { start: 0, length: data.sizeBytes, answer: { ContentLength: data.sizeBytes } };
  return stretch(asked.start, asked.end - asked.start + 1, data.sizeBytes);
}

function partRead(data: Data, part: number): Stretch {
  const sizes = data.partSizes ?? [data.sizeBytes];
  const length = sizes[part - 1];
  if (length === undefined)
    throw new AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416);
  const start = sizes.slice(0, part - 1).reduce((sum, size) => sum + size, 0);
  const read = stretch(start, length, data.sizeBytes);
  return data.partSizes ? { ...read, answer: { ...read.answer, PartsCount: sizes.length } } : read;
}

function stretch(start: number, length: number, size: number): Stretch {
  const answer = { ContentLength: length, ContentRange: `bytes ${start}-${start + length - 1}/${size}` };
  return { start, length, answer };
}

/** First and last byte of `bytes=…`; `undefined` for what is no single byte range, which HTTP ignores. */
function rangeAsked(range: string, size: number): { start: number; end: number } | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  if (!found || (!found[1] && !found[2])) return undefined;
  const last = found[1] ? 0 : Number(found[2]);
  const start = found[1] ? Number(found[1]) : Math.max(0, size - last);
  const end = found[1] && found[2] ? Math.min(Number(found[2]), size - 1) : size - 1;
  if (found[1] && found[2] && Number(found[2]) < start) return undefined;
  if (start >= size) {
    const details = { RangeRequested: range, ActualObjectSize: size };
    throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416, details);
  }
  return { start, end };
}

/** The bytes that UploadPartCopy's `CopySourceRange` names; they must all exist. Throws InvalidArgument. */
export function copyRange(range: string | undefined, size: number): { start: number; length: number } {
  if (range === undefined) return { start: 0, length: size };
  const found = /^bytes=(\d+)-(\d+)$/.exec(range);
  const name = "x-amz-copy-source-range";
  if (!found) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      name,
      range,
    );
  }
  const [start, end] = [Number(found[1]), Number(found[2])];
  if (end >= size || start > end) {
    throw invalidArgument(`Range specified is not valid for source object of size: ${size}`, name, range);
  }
  return { start, length: end - start + 1 };
}
