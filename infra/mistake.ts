import { closestMatch } from "leven";
import * as z from "zod";
import { Problem } from "../functions/core/problem.ts";

/** One thing that is wrong in an environment file. */
export type Mistake = {
  path: PropertyKey[];
  /** What was found there; read from the file where it is left out. */
  received?: unknown;
  /** Why that is refused, where the value alone does not show it; follows "is <value>, ". */
  why?: string;
  /** What to write instead; follows "; write ". */
  write: string;
};

/** The issues that zod found, as mistakes. Each schema's own message is what to write instead. */
export function mistakesOf(error: z.ZodError): Mistake[] {
  return error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownField([...issue.path, key], key, issue.message.split(", ")))
      : [{ path: issue.path, write: issue.message }],
  );
}

/**
 * Throws one `Problem` invalid that lists every mistake, each as one sentence on a line of its own. Like every
 * problem's message it has no full stop at its end.
 */
export function refuse(file: unknown, mistakes: Mistake[]): never {
  const sentences = mistakes.map((mistake) => sentence(file, mistake));
  const message =
    sentences.length === 1
      ? `The environment file is refused: ${sentences[0]}`
      : `The environment file is refused for ${sentences.length} mistakes:\n${sentences.map((line) => `  - ${line}`).join(".\n")}`;
  throw new Problem("invalid", message, "Correct the file in infra/environments/ and synthesize again.");
}

/** The name that was probably meant, as the end of a hint; empty where none is near. */
export function nearest(name: string, names: readonly string[]): string {
  const maxDistance = Math.max(2, Math.floor(name.length / 3));
  const match = closestMatch(name, names, { maxDistance });
  return match === undefined ? "" : `"${match}"`;
}

function unknownField(path: PropertyKey[], key: string, known: string[]): Mistake {
  const meant = nearest(key, known);
  const write = meant ? `${meant}, or leave it out` : `one of ${known.join(", ")}`;
  return { path, why: "in a field that does not exist", write };
}

function sentence(file: unknown, { path, why, write, ...mistake }: Mistake): string {
  const received = "received" in mistake ? mistake.received : valueAt(file, path);
  const where = path.length === 0 ? "the file" : z.core.toDotPath(path);
  const source = path[0] === "sources" && path.length > 2 ? valueAt(file, [...path.slice(0, 2), "name"]) : "";
  const of = typeof source === "string" && source !== "" ? ` (source ${show(source)})` : "";
  return `${where}${of} is ${isSecret(path, received) ? "an address with a secret in it" : show(received)}${why ? `, ${why}` : ""}; write ${write}`;
}

/** People paste a robot's address where its secret's name belongs, or a password into an address: not for the build's log. */
function isSecret(path: readonly PropertyKey[], received: unknown): boolean {
  if (typeof received !== "string") return false;
  return path.at(-1) === "secret" ? received.includes("://") : /:\/\/[^/]*@/.test(received);
}

function valueAt(file: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    file,
  );
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "function" || typeof value === "bigint" || typeof value === "symbol") {
    return `a ${typeof value}`;
  }
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
