import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Crc32cNode, Crc64NvmeJs } from "@aws-sdk/checksums/crc";
import { AwsError } from "../twin.ts";

/** The algorithms that S3 checks and keeps (S3 user guide, checking object integrity). */
export const algorithms = ["CRC64NVME", "CRC32", "CRC32C", "SHA1", "SHA256"] as const;
/** One of them. */
export type Algorithm = (typeof algorithms)[number];

/** A checksum that S3 keeps; `COMPOSITE` is a checksum of the parts' checksums, and its value ends in `-<parts>`. */
export type Checksum = { algorithm: Algorithm; type: "FULL_OBJECT" | "COMPOSITE"; value: string };

/** A running checksum, given as base64. */
export type Running = { update(bytes: Uint8Array): void; digest(): Promise<string> };

/** Starts a checksum. */
export function running(algorithm: Algorithm): Running {
  switch (algorithm) {
    case "CRC64NVME":
      return inBase64(new Crc64NvmeJs());
    case "CRC32C":
      return inBase64(new Crc32cNode());
    case "CRC32": {
      let crc = 0;
      return {
        update: (bytes) => {
          crc = crc32(bytes, crc);
        },
        digest: async () => {
          const bytes = Buffer.alloc(4);
          bytes.writeUInt32BE(crc);
          return bytes.toString("base64");
        },
      };
    }
    default: {
      const hash = createHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest("base64") };
    }
  }
}

function inBase64(crc: { update(bytes: Uint8Array): void; digest(): Promise<Uint8Array> }): Running {
  return {
    update: (bytes) => crc.update(bytes),
    digest: async () => Buffer.from(await crc.digest()).toString("base64"),
  };
}

/** The checksum that a request or an answer carries in its `Checksum<algorithm>` member. */
export function checksumGiven(
  input: Record<string, unknown>,
): { algorithm: Algorithm; value: string } | undefined {
  for (const algorithm of algorithms) {
    const value = input[`Checksum${algorithm}`];
    if (typeof value === "string") return { algorithm, value };
  }
  return undefined;
}

/** Which algorithm a request asks for; S3's own default is CRC64NVME. */
export function algorithmWanted(input: Record<string, unknown>): Algorithm {
  const wanted = checksumGiven(input)?.algorithm ?? input.ChecksumAlgorithm ?? "CRC64NVME";
  const known = algorithms.find((algorithm) => algorithm === wanted);
  if (!known) throw new AwsError("InvalidRequest", `Checksum algorithm provided is unsupported: ${wanted}`);
  return known;
}

/** The checksum of a multipart object whose type is COMPOSITE: that of its parts' checksums one after another. */
export async function compositeOf(algorithm: Algorithm, parts: string[]): Promise<string> {
  const sum = running(algorithm);
  for (const part of parts) sum.update(Buffer.from(part, "base64"));
  return `${await sum.digest()}-${parts.length}`;
}

/** Reversed polynomials of the CRCs, which alone can be put together without the bytes. */
const polynomials: Partial<Record<Algorithm, { bits: bigint; polynomial: bigint }>> = {
  CRC64NVME: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
  CRC32: { bits: 32n, polynomial: 0xedb88320n },
  CRC32C: { bits: 32n, polynomial: 0x82f63b78n },
};

/** The CRC of a whole object from those of its parts, in order: how S3 makes FULL_OBJECT without reading again. */
export function combinedOf(algorithm: Algorithm, parts: { value: string; sizeBytes: number }[]): string {
  const crc = polynomials[algorithm];
  if (!crc)
    throw new AwsError("InvalidRequest", `The FULL_OBJECT checksum type cannot be used with ${algorithm}.`);
  let whole = 0n;
  for (const { value, sizeBytes } of parts) {
    const part = BigInt(`0x${Buffer.from(value, "base64").toString("hex")}`);
    whole = multiply(powerOfX(8 * sizeBytes, crc), whole, crc) ^ part;
  }
  return Buffer.from(whole.toString(16).padStart(Number(crc.bits / 4n), "0"), "hex").toString("base64");
}

type Crc = { bits: bigint; polynomial: bigint };

/** Polynomial product modulo the CRC's polynomial; the highest bit is the coefficient of 1. */
function multiply(a: bigint, b: bigint, { bits, polynomial }: Crc): bigint {
  let product = 0n;
  for (let place = bits - 1n; place >= 0n; place--) {
    if ((a >> place) & 1n) product ^= b;
    b = b & 1n ? (b >> 1n) ^ polynomial : b >> 1n;
  }
  return product;
}

function powerOfX(exponent: number, crc: Crc): bigint {
  let power = 1n << (crc.bits - 1n);
  let square = 1n << (crc.bits - 2n);
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2) power = multiply(power, square, crc);
    square = multiply(square, square, crc);
  }
  return power;
}
