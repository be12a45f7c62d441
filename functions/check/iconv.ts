import { StringDecoder } from "node:string_decoder";
import { Problem } from "../core/problem.ts";

/*
 * What mysql2 finds in a bundle in the place of iconv-lite (infra/constructs/bundles.ts), whose tables of half a megabyte
 * are for what a connection in utf8mb4 never carries: the server turns every text into that. `cesu8` is mysql2's name
 * for the older utf8, which is the same but for characters that it cannot hold.
 */

/** A decoder of a character set that Node itself has no name for. */
export function getDecoder(encoding: string): StringDecoder {
  if (encoding === "cesu8") return new StringDecoder("utf8");
  throw unknown(encoding);
}

/** There is none: what is sent is utf8mb4. */
export function getEncoder(encoding: string): never {
  throw unknown(encoding);
}

function unknown(encoding: string): Problem {
  return new Problem("unsupported", `the database sent text in ${encoding}`, "Tell us which table it is in.");
}
