/*
 * The code of a message: what its reader types, or follows as a link, to acknowledge what it tells. Twelve characters of
 * Crockford's base 32, sixty random bits: nobody guesses one over the network, and a person can type it from a phone.
 */

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const length = 12;

/** Random bytes that a code is made of. */
export const codeBytes = length;

/** A code of `codeBytes` random bytes, as people are shown it: "7K3M-9QXT-2BWE". */
export function codeOf(random: Uint8Array): string {
  const letters = [...random.subarray(0, length)].map((byte) => alphabet[byte % alphabet.length]).join("");
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}

/**
 * What somebody typed or followed, as `codeOf` writes it: in any case, with or without hyphens and blanks, O for 0, I and L
 * for 1. `undefined` if it cannot be a code.
 */
export function readCode(typed: string): string | undefined {
  const letters = typed.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  if (letters.length !== length || [...letters].some((one) => !alphabet.includes(one))) return undefined;
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}
