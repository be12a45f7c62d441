import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A checksum that is fed piece by piece. */
export type Checksum = {
  update(bytes: Uint8Array): void;
  /** As S3 writes it: base64. */
  digest(): string;
};

/** A checksum of one of S3's algorithms by its name in S3's answers ("CRC64NVME"); undefined for one that is not known. */
export function checksumNamed(algorithm: string): Checksum | undefined {
  switch (algorithm) {
    case "CRC32": {
      let sum = 0;
      return {
        update: (bytes) => {
          sum = crc32(bytes, sum);
        },
        digest: () => base64Of(sum),
      };
    }
    case "CRC32C":
      return crc32c();
    case "CRC64NVME":
      return crc64();
    case "SHA1":
    case "SHA256": {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("base64") };
    }
    default:
      return undefined;
  }
}

/** CRC-32C (Castagnoli), reflected: RFC 3720. */
function crc32c(): Checksum {
  castagnoli ??= table32(0x82f63b78);
  const table = castagnoli;
  let sum = 0xffffffff;
  return {
    update(bytes) {
      for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] as number) ^ (sum >>> 8);
    },
    digest: () => base64Of((sum ^ 0xffffffff) >>> 0),
  };
}

let castagnoli: Uint32Array | undefined;

function table32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ polynomial : sum >>> 1;
    return sum >>> 0;
  });
}

/**
 * CRC-64/NVME, reflected (NVM Command Set specification; S3 user guide, checking object integrity). In two halves of 32
 * bits, because BigInt is fifty times slower, and eight bytes at a time, by eight tables of each half.
 */
function crc64(): Checksum {
  nvme ??= tables64(0x9a6c9329ac4bc9b5n);
  const { low, high } = nvme;
  let lo = 0xffffffff;
  let hi = 0xffffffff;
  const at = (tables: Uint32Array, place: number, byte: number) => tables[place * 256 + byte] as number;
  return {
    update(bytes) {
      let index = 0;
      const eights = bytes.length - (bytes.length % 8);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (; index < eights; index += 8) {
        const a = (lo ^ view.getUint32(index, true)) >>> 0;
        const b = (hi ^ view.getUint32(index + 4, true)) >>> 0;
        const [a0, a1, a2, a3] = [a & 0xff, (a >>> 8) & 0xff, (a >>> 16) & 0xff, a >>> 24];
        const [b0, b1, b2, b3] = [b & 0xff, (b >>> 8) & 0xff, (b >>> 16) & 0xff, b >>> 24];
        lo =
          at(low, 7, a0) ^
          at(low, 6, a1) ^
          at(low, 5, a2) ^
          at(low, 4, a3) ^
          at(low, 3, b0) ^
          at(low, 2, b1) ^
          at(low, 1, b2) ^
          at(low, 0, b3);
        hi =
          at(high, 7, a0) ^
          at(high, 6, a1) ^
          at(high, 5, a2) ^
          at(high, 4, a3) ^
          at(high, 3, b0) ^
          at(high, 2, b1) ^
          at(high, 1, b2) ^
          at(high, 0, b3);
      }
      for (; index < bytes.length; index++) {
        const byte = (lo ^ (bytes[index] as number)) & 0xff;
        lo = at(low, 0, byte) ^ ((lo >>> 8) | (hi << 24));
        hi = at(high, 0, byte) ^ (hi >>> 8);
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE((hi ^ 0xffffffff) >>> 0, 0);
      bytes.writeUInt32BE((lo ^ 0xffffffff) >>> 0, 4);
      return bytes.toString("base64");
    },
  };
}

let nvme: { low: Uint32Array; high: Uint32Array } | undefined;

/** Table `place` says what a byte comes to after `place` more bytes of zero. */
function tables64(polynomial: bigint): { low: Uint32Array; high: Uint32Array } {
  const [low, high] = [new Uint32Array(8 * 256), new Uint32Array(8 * 256)];
  const first = Array.from({ length: 256 }, (_, byte) => {
    let sum = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) sum = sum & 1n ? (sum >> 1n) ^ polynomial : sum >> 1n;
    return sum;
  });
  for (const [byte, start] of first.entries()) {
    let sum = start;
    for (let place = 0; place < 8; place++) {
      low[place * 256 + byte] = Number(sum & 0xffffffffn);
      high[place * 256 + byte] = Number(sum >> 32n);
      sum = (first[Number(sum & 0xffn)] as bigint) ^ (sum >> 8n);
    }
  }
  return { low, high };
}

function base64Of(sum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(sum >>> 0);
  return bytes.toString("base64");
}
