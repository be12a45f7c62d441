import { AwsError } from "../twin.ts";

type Json = unknown;
type Test = (value: Json | undefined) => boolean;

/**
 * An EventBridge event pattern, compiled (user guide, eb-event-patterns-content-based-filtering): exact values,
 * prefix, suffix, equals-ignore-case, wildcard, anything-but, exists, numeric and $or. Any other operator is
 * refused with InvalidEventPatternException, so that no pattern silently matches less or more than on AWS.
 */
export function compilePattern(pattern: Json): (event: Json) => boolean {
  const parts = asObject(pattern, "the pattern");
  const tests = Object.entries(parts).map(([field, wanted]) => {
    if (field === "$or") {
      const branches = asList(wanted, "$or").map(compilePattern);
      return (event: Json) => branches.some((branch) => branch(event));
    }
    if (!Array.isArray(wanted)) {
      const inner = compilePattern(wanted);
      return (event: Json) => {
        const values = valuesOf(event, field);
        return values.length === 0 ? inner(undefined) : values.some(inner);
      };
    }
    if (wanted.length === 0) throw refused(`"${field}" has an empty list`);
    const choices = wanted.map(compileTest);
    return (event: Json) => {
      const values = valuesOf(event, field);
      return choices.some((choice) => (values.length === 0 ? choice(undefined) : values.some(choice)));
    };
  });
  return (event) => tests.every((test) => test(event));
}

/** The values of a field; a list counts as each of its elements, and objects in a list each give theirs. */
function valuesOf(event: Json, field: string): Json[] {
  if (Array.isArray(event)) return event.flatMap((element) => valuesOf(element, field));
  if (typeof event !== "object" || event === null || !Object.hasOwn(event, field)) return [];
  const value = (event as Record<string, Json>)[field];
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
}

function compileTest(wanted: Json): Test {
  if (typeof wanted !== "object" || wanted === null) return (value) => value === wanted;
  const [[operator, operand] = [], ...more] = Object.entries(wanted);
  if (!operator || more.length > 0)
    throw refused(`an object with other than one operator: ${JSON.stringify(wanted)}`);
  switch (operator) {
    case "exists":
      return (value) => (value !== undefined) === operand;
    case "numeric":
      return numeric(asList(operand, operator));
    case "anything-but":
      return anythingBut(operand);
    default:
      return text(operator, operand);
  }
}

function text(operator: string, operand: Json): Test {
  const fold = typeof operand === "object" && operand !== null && "equals-ignore-case" in operand;
  const wanted = fold ? (operand as Record<string, Json>)["equals-ignore-case"] : operand;
  if (typeof wanted !== "string") throw refused(`${operator} with ${JSON.stringify(operand)}`);
  const same = (value: string) => (fold || operator === "equals-ignore-case" ? value.toLowerCase() : value);
  const target = same(wanted);
  const of =
    (test: (value: string) => boolean): Test =>
    (value) =>
      typeof value === "string" && test(same(value));
  switch (operator) {
    case "prefix":
      return of((value) => value.startsWith(target));
    case "suffix":
      return of((value) => value.endsWith(target));
    case "equals-ignore-case":
      return of((value) => value === target);
    case "wildcard": {
      const pattern = new RegExp(`^${target.split("*").map(RegExp.escape).join("[^]*")}$`);
      return of((value) => pattern.test(value));
    }
    default:
      throw refused(`the operator "${operator}"`);
  }
}

function anythingBut(operand: Json): Test {
  let none: Test[];
  if (Array.isArray(operand) || typeof operand !== "object" || operand === null) {
    none = (Array.isArray(operand) ? operand : [operand]).map((value) => compileTest(value));
  } else {
    const [[operator = "", inner] = []] = Object.entries(operand);
    none = (Array.isArray(inner) ? inner : [inner]).map((value) => text(operator, value));
  }
  return (value) => value !== undefined && !none.some((test) => test(value));
}

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function numeric(operand: Json[]): Test {
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const compare = comparisons[String(operand[at])];
    const bound = operand[at + 1];
    if (!compare || typeof bound !== "number") throw refused(`numeric with ${JSON.stringify(operand)}`);
    tests.push((value) => compare(value, bound));
  }
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

function asObject(value: Json, what: string): Record<string, Json> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, Json>;
  throw refused(`${what} is not an object or a list: ${JSON.stringify(value)}`);
}

function asList(value: Json, what: string): Json[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw refused(`${what} takes a list, not ${JSON.stringify(value)}`);
}

function refused(what: string): AwsError {
  return new AwsError(
    "InvalidEventPatternException",
    `Event pattern is not valid. Reason: ${what} is not supported`,
  );
}
