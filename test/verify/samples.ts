import { constants, gzipSync, zstdCompressSync } from "node:zlib";

/** A tar header of one regular file, with its checksum (POSIX.1-2017, ustar). */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\0", 257, "latin1");
  header.write("00", 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** A tar of small files. */
export function tar(files: Record<string, string>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const data = Buffer.from(text);
    return [tarHeader(name, data.length), data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

/** zstd with a checksum in its frame; Node leaves it out unless told. */
export function zstd(data: Buffer, checksum = true): Buffer {
  return zstdCompressSync(data, { params: { [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0 } });
}

export const dump = Buffer.from(
  "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (2);\n--\n-- PostgreSQL database dump complete\n--\n\n",
);

const content = tar({ "a.txt": "alpha", "b.txt": "beta ".repeat(20) });

/** One good archive of each format, small enough to damage at every bit. */
export const good: Record<string, Buffer> = {
  "a.sql": dump,
  "a.sql.gz": gzipSync(dump),
  "two-members.sql.gz": Buffer.concat([gzipSync(dump.subarray(0, 20)), gzipSync(dump.subarray(20))]),
  "a.sql.zst": zstd(dump),
  "two-frames.sql.zst": Buffer.concat([zstd(dump.subarray(0, 20)), zstd(dump.subarray(20))]),
  "a.tar": content,
  "a.tar.gz": gzipSync(content),
  "a.tgz": gzipSync(content),
  "a.tar.zst": zstd(content),
};
