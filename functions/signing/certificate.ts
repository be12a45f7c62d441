import { createHash, createPublicKey, verify } from "node:crypto";
import { canonicalJson } from "../core/canonical.ts";
import { DrillFinishedFact, type UnsignedDrill } from "../core/drill.ts";
import { factText } from "../core/fact.ts";
import type { Signing } from "./signing.ts";

/** Signs how a drill went. */
export async function signDrill(drill: UnsignedDrill, signing: Signing): Promise<DrillFinishedFact> {
  const key = await signing.key();
  const about = { algorithm: "ECDSA_SHA_256" as const, ...key };
  const signature = await signing.sign(digestOf({ ...drill, signature: about }));
  return { ...drill, signature: { ...about, value: Buffer.from(signature).toString("base64") } };
}

/** What names a public key: the SHA-256 of its DER form, lower-case hex. */
export function keyDigest(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex");
}

/** What was found of a certificate's text: the fact, if it is one, and a sentence for each thing that does not match. */
export type Verdict = { fact?: DrillFinishedFact; mismatches: string[] };

/**
 * Checks a certificate by its text alone, with no network: that it is one, letter by letter as it was written, and that
 * the key in it signed all the rest of it. Whether that key is the right one, the caller has to compare.
 */
export function verifyText(text: string): Verdict {
  const parsed = parse(text);
  if (typeof parsed === "string") return { mismatches: [parsed] };
  const mismatches: string[] = [];
  const expected = factText(DrillFinishedFact, parsed);
  // What is signed are values. A text that says the same in another form was not written by us.
  if (text !== expected) mismatches.push(`it is not as it was written: ${firstDifference(text, expected)}`);
  mismatches.push(...signatureMismatches(parsed));
  return { fact: parsed, mismatches };
}

function signatureMismatches(fact: DrillFinishedFact): string[] {
  const { signature, ...rest } = fact;
  const { value, ...about } = signature;
  const bytes = Buffer.from(value, "base64");
  // Base64 has letters whose last bits count for nothing.
  if (bytes.toString("base64") !== value) return ["the signature is not written as base64 is"];
  try {
    const good = verify(
      "sha256",
      signed({ ...rest, signature: about }),
      createPublicKey(about.publicKey),
      bytes,
    );
    return good ? [] : ["the signature is not that of this key over these contents"];
  } catch {
    return ["the signature or its public key is not readable"];
  }
}

function parse(text: string): DrillFinishedFact | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  const parsed = DrillFinishedFact.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(
    ({ path, message, ...issue }) =>
      `${path.join(".") || "(all)"}${"keys" in issue ? ` has ${issue.keys}` : ""}: ${message}`,
  );
  return `it is no certificate: ${fields.slice(0, 5).join("; ")}`;
}

function firstDifference(text: string, expected: string): string {
  const [found, wanted] = [text.split("\n"), expected.split("\n")];
  const line = found.findIndex((one, index) => one !== wanted[index]);
  const at = line < 0 ? found.length : line;
  return `line ${at + 1} is ${JSON.stringify(found[at] ?? "missing")} instead of ${JSON.stringify(wanted[at] ?? "nothing")}`;
}

type ToSign = UnsignedDrill & { signature: Omit<DrillFinishedFact["signature"], "value"> };

function signed(document: ToSign): Buffer {
  return Buffer.from(canonicalJson(document));
}

function digestOf(document: ToSign): Uint8Array {
  return createHash("sha256").update(signed(document)).digest();
}
