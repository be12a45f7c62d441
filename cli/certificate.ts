import { readFile, writeFile } from "node:fs/promises";
import type { Answer } from "../functions/core/api/routes.ts";
import type { DrillFinishedFact } from "../functions/core/drill.ts";
import { Problem, problemCodes } from "../functions/core/problem.ts";
import { keyDigest, verifyText } from "../functions/signing/certificate.ts";
import { differing } from "../functions/signing/differing.ts";
import { endedDrill } from "./drills.ts";
import type { ApiVerb, Options, Outcome } from "./verb.ts";

/**
 * The certificate of a drill that passed: shown, written to a file, or checked against all that the vaults know. A drill
 * that did not pass has a signed record and no certificate.
 */
export const certificate: ApiVerb = async ([name = "", drill = ""], client, options) => {
  if (!name || !drill) throw new Problem("invalid", "certificate takes a source and a drill", usage);
  const checked = await endedDrill(client, name, drill);
  if (options.verify) return verifyHere(checked, options);
  const { text } = checked;
  const { fact } = verifyText(text);
  if (!fact) throw damaged(`The record of the drill ${drill} of "${name}" is not one`);
  if (fact.outcome !== "passed") throw refused(fact);
  if (options.file) {
    await write(options.file, text);
    const line = `The certificate of the drill ${drill} of "${name}" is in ${options.file}. Check it anywhere with: holdfast certificate --verify --file ${options.file}`;
    return { json: { source: name, drill, file: options.file }, text: [line], exitCode: 0 };
  }
  return { json: fact, text: text.trimEnd().split("\n"), exitCode: 0 };
};

/** Checks a certificate in a file with nothing but the file: no AWS, no network. */
export async function verifyFile(options: Options): Promise<Outcome> {
  if (!options.verify || !options.file)
    throw new Problem("invalid", "certificate takes a source and a drill", usage);
  const verdict = verifyText(await read(options.file));
  const { fact } = verdict;
  const mismatches = [...verdict.mismatches, ...(fact ? keyMismatch(fact, await keyIn(options)) : [])];
  const key = fact && mismatches.length === 0 ? keyDigest(fact.signature.publicKey) : undefined;
  const hint = `The key in it was not compared with one that you trust: its SHA-256 is ${key}. Compare it with what your vault's catalog/keys/ has, or give its public key with --key.`;
  return told(options.file, fact, mismatches, key && !options.key ? [hint] : []);
}

const usage = "Write: holdfast certificate <source> <drill>, or: holdfast certificate --verify --file <file>";

/** What the vaults say of it, and what can be seen from here: whoever answers need not be believed that a signature holds. */
async function verifyHere(
  { text, region, notes, ...checked }: Answer<"checkDrill">,
  options: Options,
): Promise<Outcome> {
  const { fact, ...here } = verifyText(text);
  const mismatches = [...new Set([...here.mismatches, ...checked.mismatches])];
  if (fact) mismatches.push(...keyMismatch(fact, await keyIn(options)));
  if (options.file) mismatches.push(...differing(text, await read(options.file), `the file ${options.file}`));
  return told(`the vault in ${region}`, fact, mismatches, notes);
}

async function keyIn({ key }: Options): Promise<string | undefined> {
  return key === undefined ? undefined : keyDigestOf(await read(key), key);
}

function keyDigestOf(pem: string, file: string): string {
  try {
    return keyDigest(pem);
  } catch (thrown) {
    throw new Problem("invalid", `${file} holds no public key`, "Give a file in PEM form.", thrown);
  }
}

function keyMismatch({ signature }: DrillFinishedFact, wanted: string | undefined): string[] {
  if (wanted === undefined) return [];
  const sentence = "the key that signed it is not the one that was given";
  try {
    return keyDigest(signature.publicKey) === wanted ? [] : [sentence];
  } catch {
    return [sentence];
  }
}

function told(
  where: string,
  fact: DrillFinishedFact | undefined,
  mismatches: string[],
  notes: string[],
): Outcome {
  const good = mismatches.length === 0;
  const about = fact ? `The drill ${fact.drill} of "${fact.source}"` : "What is there";
  const passed = fact?.outcome === "passed";
  const line = good
    ? `${about}, from ${where}, is as it was signed by ${fact?.signature.keyArn}${passed ? "" : `; the drill did not pass: ${fact?.reason}`}.`
    : `${about}, from ${where}, does not stand:`;
  return {
    json: { good, source: fact?.source, drill: fact?.drill, outcome: fact?.outcome, mismatches, notes },
    text: [line, ...mismatches.map((one) => `  WRONG  ${one}`), ...notes],
    exitCode: good ? 0 : problemCodes.damaged.exitCode,
  };
}

function refused({ source, drill, outcome, reason }: DrillFinishedFact): Problem {
  const fix = `See: holdfast drill ${source} --report`;
  if (outcome === "failed")
    return damaged(`The drill ${drill} of "${source}" has no certificate: ${reason}`, fix);
  const what = `The drill ${drill} of "${source}" was not carried out, and certifies nothing: ${reason}`;
  return new Problem("not-found", what, fix);
}

function damaged(what: string, fix = "See: holdfast certificate <source> <drill> --verify"): Problem {
  return new Problem("damaged", what, fix);
}

async function read(file: string): Promise<string> {
  return readFile(file, "utf8").catch((thrown: unknown) => {
    throw new Problem("not-found", `${file} cannot be read`, "Look at its name and rights.", thrown);
  });
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((thrown: unknown) => {
    throw new Problem("invalid", `${file} cannot be written`, "Look at its folder and rights.", thrown);
  });
}
