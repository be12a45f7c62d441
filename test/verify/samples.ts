import { readFileSync } from "node:fs";
import { constants, crc32, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

/** An archive that a real tool wrote: see fixtures/README.md. */
export const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

/** A tar header of one regular file, with its checksum (POSIX.1-2017, ustar). */
function tarHeader(name: string, size: number, type: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\0", 257, "latin1");
  header.write("00", 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** One entry of a tar: its header, its data and the padding. `size`: what the header says, if that is another. */
export function tarEntry(name: string, text: string, type = "0", size = Buffer.byteLength(text)): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([tarHeader(name, size, type), data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** A tar of small files. */
export function tar(files: Record<string, string>): Buffer {
  return Buffer.concat([
    ...Object.entries(files).map(([name, text]) => tarEntry(name, text)),
    Buffer.alloc(1_024),
  ]);
}

/** zstd with a checksum in its frame; Node leaves it out unless told. */
export function zstd(data: Buffer, checksum = true): Buffer {
  return zstdCompressSync(data, { params: { [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0 } });
}

/** A skippable zstd frame, as `zstd --seekable` and pzstd write them. */
export function skippable(data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50, 0);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data]);
}

/** A zip of small files, stored or deflated. */
export function zip(files: Record<string, string>, deflated = true): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = deflated ? deflateRawSync(text) : Buffer.from(text);
    const middle = Buffer.alloc(26);
    middle.writeUInt16LE(20, 0);
    middle.writeUInt16LE(deflated ? 8 : 0, 4);
    middle.writeUInt32LE(0x5a21_7000, 6);
    middle.writeUInt32LE(crc32(text), 10);
    middle.writeUInt32LE(data.length, 14);
    middle.writeUInt32LE(Buffer.byteLength(text), 18);
    middle.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), middle, Buffer.from(name), data]);
    const at = Buffer.alloc(14);
    at.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), middle, at, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(central.length, 4);
  end.writeUInt16LE(central.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from("PK\x05\x06"), end]);
}

/** The smallest dump in PostgreSQL's custom format of a given version: one table with rows. */
export function pgDump(minor: number, packing: "none" | "zlib" | "zstd" | "lz4"): Buffer {
  const int = (value: number) => Buffer.from([value < 0 ? 1 : 0, ...u32(Math.abs(value))]);
  const text = (value?: string) =>
    value === undefined ? int(-1) : Buffer.concat([int(value.length), Buffer.from(value)]);
  const rows = Buffer.from("1\tone\n2\ttwo\n\\.\n\n\n");
  const packed = { none: rows, zlib: deflateSync(rows), zstd: zstd(rows, false), lz4: rows }[packing];
  const algorithm = { none: 0, zlib: 1, lz4: 2, zstd: 3 }[packing];
  return Buffer.concat([
    Buffer.from("PGDMP"),
    Buffer.from([1, minor, 0, 4, 8, 1]),
    minor >= 15 ? Buffer.from([algorithm]) : int(packing === "none" ? 0 : -1),
    ...[1, 2, 3, 21, 10, 126, 0].map(int),
    ...["shop", "18.1", "18.1"].map(text),
    int(1),
    ...[int(7), int(1), text("1259"), text("16385"), text("orders"), text("TABLE DATA"), int(3)],
    ...[text(""), text(""), text("COPY public.orders (id, name) FROM stdin;\n"), text("public"), text("")],
    ...(minor >= 14 ? [text("")] : []),
    ...(minor >= 16 ? [int(0)] : []),
    ...[text("holdfast"), text("false"), text("3"), text(undefined)],
    Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0]),
    ...[Buffer.from([1]), int(7), int(packed.length), packed, int(0)],
  ]);
}

function u32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}

/** A plain SQL dump as pg_dump writes it. */
export const dump = Buffer.from(
  "--\n-- PostgreSQL database dump\n--\n\n\\restrict Qz7\n\nCREATE TABLE t (a int);\n" +
    "COPY t (a) FROM stdin;\n1\n2\n\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict Qz7\n\n",
);

/** A plain SQL dump as mysqldump writes it. */
export const mysqlDump = Buffer.from(
  "-- MySQL dump 10.13  Distrib 8.4.3, for Linux (x86_64)\n--\nINSERT INTO `t` VALUES (1);\n\n" +
    "-- Dump completed on 2026-11-21  3:00:01\n",
);

const content = tar({ "a.txt": "alpha", "b.txt": "beta ".repeat(20) });

/** One good archive of each kind, small enough to damage at every bit. */
export const good: Record<string, Buffer> = {
  "a.sql": dump,
  "mysql.sql": mysqlDump,
  "a.sql.gz": gzipSync(dump),
  "two-members.sql.gz": Buffer.concat([gzipSync(dump.subarray(0, 20)), gzipSync(dump.subarray(20))]),
  "a.sql.zst": zstd(dump),
  "two-frames.sql.zst": Buffer.concat([zstd(dump.subarray(0, 20)), zstd(dump.subarray(20))]),
  "skippable.sql.zst": Buffer.concat([skippable(Buffer.from("index")), zstd(dump)]),
  "a.txt.bz2": fixture("text.txt.bz2"),
  "two-streams.txt.bz2": Buffer.concat([fixture("text.txt.bz2"), fixture("text.txt.bz2")]),
  "crc64.txt.xz": fixture("text-crc64.txt.xz"),
  "crc32.txt.xz": fixture("text-crc32.txt.xz"),
  "two-streams.txt.xz": Buffer.concat([fixture("text-crc64.txt.xz"), fixture("text-crc32.txt.xz")]),
  "a.tar": content,
  "a.tar.gz": gzipSync(content),
  "a.tgz": gzipSync(content),
  "a.tar.zst": zstd(content),
  "gnu-pax.tar.gz": fixture("gnu-pax.tar.gz"),
  "gnu-sparse.tar.gz": fixture("gnu-sparse.tar.gz"),
  "stored.zip": zip({ "a.txt": "alpha", "b.txt": "beta" }, false),
  "deflated.zip": zip({ "a.txt": "alpha ".repeat(9), "b.txt": "beta" }),
  "info-zip.zip": fixture("deflated.zip"),
  "streamed.zip": fixture("streamed.zip"),
  "streamed64.zip": fixture("streamed64.zip"),
  "zip64.zip": fixture("zip64.zip"),
  "pg14.pgdump": pgDump(13, "zlib"),
  "pg15.dump": fixture("pg15.dump"),
  "pg15-piped.dump": fixture("pg15-piped.dump"),
  "pg16-zstd.dump": pgDump(15, "zstd"),
  "pg18.dump": pgDump(16, "zlib"),
  "pg18-none.dump": pgDump(16, "none"),
};
