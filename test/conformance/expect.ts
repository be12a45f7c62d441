import { isDeepStrictEqual } from "node:util";

/** An answer that is not what AWS documents. The message is one line: it stands in tables and in CI logs. */
export class Differs extends Error {}

/** Holds an answer to a value. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected))
    throw new Differs(`${what} is ${shown(actual)} instead of ${shown(expected)}`);
}

/** Holds an answer to a pattern. */
export function matches(what: string, actual: unknown, pattern: RegExp): void {
  if (typeof actual !== "string" || !pattern.test(actual))
    throw new Differs(`${what} is ${shown(actual)}, which does not match ${pattern}`);
}

/** Holds an answer to a condition that is said in words: "the age is a number". */
export function holds(that: string, condition: boolean): void {
  if (!condition) throw new Differs(`it does not hold that ${that}`);
}

/** What an SDK client throws, as far as the cases read it. */
export type Refusal = Error & { $metadata?: { httpStatusCode?: number } };

/** Holds a call to be refused with an error of this name, and with this HTTP status. Gives the error. */
export async function refused(
  what: string,
  call: Promise<unknown>,
  as: { name: RegExp; status: number },
): Promise<Refusal> {
  let thrown: unknown;
  try {
    await call;
  } catch (caught) {
    thrown = caught;
  }
  if (!(thrown instanceof Error)) throw new Differs(`${what} is not refused, but should be with ${as.name}`);
  const { name, $metadata }: Refusal = thrown;
  const status = $metadata?.httpStatusCode;
  if (!as.name.test(name) || status !== as.status) {
    throw new Differs(
      `${what} is refused with ${name} (${status ?? "no answer"}): ${thrown.message}, instead of ${as.name} (${as.status})`,
    );
  }
  return thrown;
}

/** A value that an answer must have, so that the case can go on with it. */
export function present<T>(what: string, value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Differs(`${what} is missing`);
  return value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
