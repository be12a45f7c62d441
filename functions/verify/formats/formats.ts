import { Bytes, damaged, unproven } from "../bytes.ts";
import type { Reading } from "../reading.ts";
import { bunzip2 } from "./bzip2.ts";
import { gunzip } from "./gzip.ts";
import { readPgDump } from "./pgdump.ts";
import { beginsAsSql, readSql } from "./sql.ts";
import { hasTarChecksum, readTar } from "./tar.ts";
import { unxz } from "./xz.ts";
import { readZip } from "./zip.ts";
import { unzstd } from "./zstd.ts";

/** The formats that packed content comes out of. */
export const decompressors = { gzip: gunzip, zstd: unzstd, bzip2: bunzip2, xz: unxz };

/** The formats that are read to their end. */
export const readers = { tar: readTar, zip: readZip, pgdump: readPgDump, sql: readSql };

/** A format that is known, though perhaps only by its name. */
export type Format = keyof typeof decompressors | keyof typeof readers | "lz4" | "7z" | "rar" | "lzma";

/** Which formats an extension promises, outermost first; of several in one place, any will do. */
const promises: Record<string, Format[][]> = {
  gz: [["gzip"]],
  tgz: [["gzip"], ["tar"]],
  zst: [["zstd"]],
  zstd: [["zstd"]],
  tzst: [["zstd"], ["tar"]],
  bz2: [["bzip2"]],
  tbz: [["bzip2"], ["tar"]],
  tbz2: [["bzip2"], ["tar"]],
  xz: [["xz"]],
  txz: [["xz"], ["tar"]],
  tar: [["tar"]],
  zip: [["zip"]],
  sql: [["sql"]],
  dump: [["pgdump", "sql"]],
  pgdump: [["pgdump"]],
  lz4: [["lz4"]],
  "7z": [["7z"]],
  rar: [["rar"]],
  lzma: [["lzma"]],
};

/** What a name promises of its object's formats, outermost first: "erp.sql.gz" gzip, then SQL. */
export function promisedBy(name: string): Format[][] {
  const found: Format[][] = [];
  for (const extension of name.toLowerCase().split("/").at(-1)?.split(".").slice(1).reverse() ?? []) {
    const promised = promises[extension];
    if (!promised) break;
    found.push(...promised);
  }
  return found;
}

const magics: [Format, string][] = [
  ["gzip", "\x1f\x8b"],
  ["zstd", "\x28\xb5\x2f\xfd"],
  ["bzip2", "BZh"],
  ["xz", "\xfd7zXZ\0"],
  ["zip", "PK\x03\x04"],
  ["zip", "PK\x05\x06"],
  ["pgdump", "PGDMP"],
  ["lz4", "\x04\x22\x4d\x18"],
  ["7z", "7z\xbc\xaf\x27\x1c"],
  ["rar", "Rar!\x1a\x07"],
];

/** As many bytes as recognising a format takes: a tar header. */
export const startBytes = 512;

/** The format that bytes begin as; plain text has no mark, and is SQL only if it was promised. */
export function formatOf(start: Buffer, promised: Format[] = []): Format | undefined {
  const begin = start.toString("latin1", 0, 10);
  const known = magics.find(([, magic]) => begin.startsWith(magic));
  if (known) return known[0];
  // A skippable zstd frame may come first, with any of sixteen magic numbers.
  if (start.length >= 4 && start.readUInt32LE(0) >>> 4 === 0x184d2a5) return "zstd";
  if (hasTarChecksum(start)) return "tar";
  if (beginsAsSql(start)) return "sql";
  if (promised.includes("lzma") && begin.startsWith("\x5d\0\0")) return "lzma";
  // An empty tar is blocks of zeros and nothing else.
  if (promised.includes("tar") && start.length === startBytes && start.every((byte) => byte === 0))
    return "tar";
  return promised.includes("sql") && !start.includes(0) ? "sql" : undefined;
}

/** Layers of compression that are opened, one in the other. */
const maxLayers = 3;

/**
 * Reads one layer and all that is in it to the end. `promised`: what the name says it is, outermost first. Throws
 * `Problem` damaged, or unsupported for a format that is known and cannot be checked.
 */
export async function readLayer(input: Bytes, promised: Format[][], reading: Reading): Promise<void> {
  const start = await input.peek(startBytes);
  const [expected, ...within] = promised;
  const format = formatOf(start, expected);
  if (expected && !(format && expected.includes(format))) {
    throw damaged(
      start.length === 0
        ? "there is nothing in it"
        : `its name promises ${expected.join(" or ")}, but it ${reading.formats.length ? "contains" : "is"} ${format ?? "something else"}`,
    );
  }
  if (format) reading.formats.push(format);
  if (!format) return input.drain();
  if (isReader(format)) return readers[format](input, reading);
  if (!isDecompressor(format)) throw unproven(`its format is ${format}, which is not read here`);
  if (reading.formats.length > maxLayers) throw unproven(`it is packed more than ${maxLayers} times over`);
  const content = new Bytes(reading.counted(decompressors[format](input, reading)));
  await readLayer(content, within, reading);
}

function isReader(format: Format): format is keyof typeof readers {
  return format in readers;
}

function isDecompressor(format: Format): format is keyof typeof decompressors {
  return format in decompressors;
}
