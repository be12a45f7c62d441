import { Problem } from "../core/problem.ts";
import { Reader } from "./reader.ts";

const blockBytes = 512;

/**
 * Walks a tar file to its end: every header's checksum and size, every member's data there, two blocks of zeros
 * last and nothing but zeros behind them (POSIX.1-2017, pax, ustar interchange format). The data itself has no
 * checksum in tar. Gives the number of members. Throws `Problem` damaged.
 */
export async function walkTar(chunks: AsyncIterable<Buffer>): Promise<{ members: number }> {
  const reader = new Reader(chunks);
  let members = 0;
  for (;;) {
    const header = await reader.exactly(blockBytes, "a tar header, before the end-of-archive blocks");
    if (isZero(header)) break;
    checkHeader(header);
    const size = sizeOf(header);
    await reader.skip(Math.ceil(size / blockBytes) * blockBytes, `the data of "${nameOf(header)}"`);
    // x, g, L and K describe the member that follows them.
    if (!"xgLK".includes(String.fromCharCode(header[156] ?? 0))) members += 1;
  }
  if (!isZero(await reader.exactly(blockBytes, "the end-of-archive blocks")))
    throw damaged("the second end-of-archive block is not zero");
  for (let rest = await reader.some(65_536); rest.length > 0; rest = await reader.some(65_536)) {
    if (!isZero(rest)) throw damaged("there is something behind the end-of-archive blocks");
  }
  return { members };
}

/** Whether a first block is a tar header, by its checksum: older tars have no magic. */
export function isTar(block: Buffer): boolean {
  return (
    block.length >= blockBytes &&
    !isZero(block.subarray(0, blockBytes)) &&
    checksumMatches(block.subarray(0, blockBytes))
  );
}

function checkHeader(header: Buffer): void {
  if (!checksumMatches(header))
    throw damaged(`the header of "${nameOf(header)}" does not match its checksum`);
}

function checksumMatches(header: Buffer): boolean {
  const text = header
    .toString("latin1", 148, 156)
    .replace(/[\0 ]+$/, "")
    .trim();
  if (!/^[0-7]+$/.test(text)) return false;
  let sum = 8 * 0x20;
  for (let i = 0; i < blockBytes; i++) if (i < 148 || i >= 156) sum += header[i] ?? 0;
  return sum === Number.parseInt(text, 8);
}

/** Octal digits, or base-256 for what is over 8 GiB (GNU tar). */
function sizeOf(header: Buffer): number {
  const field = header.subarray(124, 136);
  if ((field[0] ?? 0) & 0x80) return Number(field.readBigUInt64BE(4));
  const text = field
    .toString("latin1")
    .replace(/[\0 ]+$/, "")
    .trim();
  if (!/^[0-7]*$/.test(text)) throw damaged(`the size of "${nameOf(header)}" is not a number`);
  return text ? Number.parseInt(text, 8) : 0;
}

function nameOf(header: Buffer): string {
  return header.toString("utf8", 0, 100).replace(/\0.*$/s, "");
}

function isZero(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function damaged(what: string): Problem {
  return new Problem("damaged", `tar: ${what}`, "Write the archive again.");
}
