import { type KeyObject, randomBytes } from "node:crypto";

/*
 * ECDSA over P-256 of a digest that is given: node:crypto hashes whatever it signs, and KMS also signs digests.
 * Not fast and not of constant time: for the stand-in, whose keys protect nothing.
 */
type Point = { x: bigint; y: bigint } | undefined;

const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const g: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

const mod = (value: bigint, by: bigint) => ((value % by) + by) % by;

function inverse(value: bigint, by: bigint): bigint {
  let [a, b, x, y] = [mod(value, by), by, 1n, 0n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return mod(x, by);
}

function add(a: Point, b: Point): Point {
  if (!a || !b) return a ?? b;
  if (a.x === b.x && mod(a.y + b.y, p) === 0n) return undefined;
  const slope =
    a.x === b.x ? (3n * a.x * a.x - 3n) * inverse(2n * a.y, p) : (b.y - a.y) * inverse(b.x - a.x, p);
  const x = mod(slope * slope - a.x - b.x, p);
  return { x, y: mod(slope * (a.x - x) - a.y, p) };
}

function times(factor: bigint, point: Point): Point {
  let sum: Point;
  let doubled = point;
  for (let rest = factor; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, doubled);
    doubled = add(doubled, doubled);
  }
  return sum;
}

const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
const member = (key: KeyObject, name: "d" | "x" | "y") =>
  number(Buffer.from(key.export({ format: "jwk" })[name] ?? "", "base64url"));

/** The signature of a SHA-256 digest, as ASN.1 (DER). */
export function signDigest(digest: Uint8Array, key: KeyObject): Buffer {
  for (;;) {
    const k = mod(number(randomBytes(40)), n - 1n) + 1n;
    const r = mod(times(k, g)?.x ?? 0n, n);
    const s = mod(inverse(k, n) * (number(digest) + r * member(key, "d")), n);
    if (r === 0n || s === 0n) continue;
    const body = Buffer.concat([integer(r), integer(s)]);
    return Buffer.concat([Buffer.from([0x30, body.length]), body]);
  }
}

/** Whether a signature is that of a SHA-256 digest. */
export function verifyDigest(digest: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const [r, s] = integersOf(signature);
  if (!r || !s || r >= n || s >= n) return false;
  const w = inverse(s, n);
  const own: Point = { x: member(key, "x"), y: member(key, "y") };
  const sum = add(times(mod(number(digest) * w, n), g), times(mod(r * w, n), own));
  return sum !== undefined && mod(sum.x, n) === r;
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
  // A leading bit of 1 would make it negative.
  const padded = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, padded.length]), padded]);
}

function integersOf(der: Uint8Array): (bigint | undefined)[] {
  const first = 4 + (der[3] ?? 0);
  const second = first + 2 + (der[first + 1] ?? 0);
  const framed = der[0] === 0x30 && der[1] === der.length - 2 && der[2] === 2 && der[first] === 2;
  if (!framed || second !== der.length) return [];
  return [number(der.subarray(4, first)), number(der.subarray(first + 2))];
}
