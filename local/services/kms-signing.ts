import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  sign,
  verify,
} from "node:crypto";
import { AwsError } from "../twin.ts";
import { signDigest, verifyDigest } from "./kms-ecdsa.ts";

/** The kinds of asymmetric keys that the stand-in makes, with their algorithms. */
export const signingSpecs: Record<string, readonly string[]> = {
  ECC_NIST_P256: ["ECDSA_SHA_256"],
  RSA_2048: ["PSS", "PKCS1_V1_5"].flatMap((padding) =>
    [256, 384, 512].map((bits) => `RSASSA_${padding}_SHA_${bits}`),
  ),
};

/** A new private key, as PEM. */
export function newPrivateKey(spec: string): string {
  const { privateKey } =
    spec === "RSA_2048"
      ? generateKeyPairSync("rsa", { modulusLength: 2_048 })
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** The public key, as X.509 SubjectPublicKeyInfo (DER). */
export function publicKeyOf(pem: string): Buffer {
  return createPublicKey(pem).export({ type: "spki", format: "der" });
}

/** What Sign and Verify take besides the key. In process a blob is bytes, over HTTP base64. */
export type Signing = { Message?: Bytes; MessageType?: string; SigningAlgorithm?: string };
type Bytes = Uint8Array | string;

/** The bytes of a blob. */
export function bytesOf(blob: Bytes | undefined, name: string): Buffer {
  if (blob === undefined || blob.length === 0)
    throw new AwsError("ValidationException", `${name} must have a length of at least 1.`);
  return typeof blob === "string" ? Buffer.from(blob, "base64") : Buffer.from(blob);
}

/** Signs as KMS does: DER for ECDSA, PSS with a salt as long as the digest. */
export function signWith(pem: string, input: Signing): Buffer {
  const key = createPrivateKey(pem);
  const { algorithm, hash, message, isDigest } = read(input);
  if (!isDigest) return sign(hash, message, options(key, algorithm));
  if (algorithm.startsWith("ECDSA")) return signDigest(message, key);
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info(algorithm, hash, message));
}

/** Whether a signature is one of this key for this message. */
export function verifiesWith(pem: string, input: Signing, signature: Buffer): boolean {
  const key = createPublicKey(pem);
  const { algorithm, hash, message, isDigest } = read(input);
  if (!isDigest) return verify(hash, message, options(key, algorithm), signature);
  if (algorithm.startsWith("ECDSA")) return verifyDigest(message, key, signature);
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(
      info(algorithm, hash, message),
    );
  } catch {
    return false;
  }
}

function read({ Message, MessageType = "RAW", SigningAlgorithm: algorithm = "" }: Signing) {
  const message = bytesOf(Message, "Message");
  const bits = Number(algorithm.slice(-3));
  const isDigest = MessageType === "DIGEST";
  if (!isDigest && MessageType !== "RAW")
    throw new AwsError("NotEmulated", `not emulated: kms signing with MessageType ${MessageType}`, 501);
  if (!isDigest && message.length > 4_096)
    throw new AwsError("ValidationException", "Message must have a length of at most 4096.");
  if (isDigest && message.length !== bits / 8)
    throw new AwsError("ValidationException", `Digest is invalid length for algorithm ${algorithm}.`);
  return { algorithm, hash: `sha${bits}`, message, isDigest };
}

function options(key: KeyObject, algorithm: string) {
  if (!algorithm.includes("PSS")) return { key };
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}

/** A digest with the name of its algorithm before it (RFC 8017, 9.2). */
function info(algorithm: string, hash: string, digest: Buffer): Buffer {
  if (algorithm.includes("PSS"))
    throw new AwsError("NotEmulated", `not emulated: ${algorithm} of a digest`, 501);
  const oid = { sha256: 1, sha384: 2, sha512: 3 }[hash] ?? 0;
  const size = createHash(hash).digest().length;
  const head = [0x30, 17 + size, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, oid, 5, 0, 4, size];
  return Buffer.concat([Buffer.from(head), digest]);
}
