import type { CheckResult, Scalar, SqlCheck } from "../core/fingerprint.ts";
import { cut, printable } from "../core/text.ts";
import type { Database } from "./database.ts";

/** Rows of a query's answer that are compared, at most: one more than this and it is a mismatch. */
const maxRows = 1_000;

/** Runs a source's own check: a query, read only and limited in time, against what it must answer. */
export async function checkSql(
  database: Database,
  name: string,
  { sql, expect }: SqlCheck,
  timeoutSeconds: number,
): Promise<CheckResult> {
  const expected = cut(JSON.stringify(expect), 200);
  try {
    const rows = await database.ask(sql, { timeoutSeconds, maxRows: maxRows + 1 });
    const found = Array.isArray(expect) ? rows : (rows[0]?.[0] ?? null);
    const value = printable(cut(JSON.stringify(found), 200));
    const passed = rows.length > 0 || Array.isArray(expect) ? matches(expect, found) : false;
    const none = rows.length === 0 && !Array.isArray(expect);
    const sentence = passed
      ? `${name} answers ${value}`
      : `${name} answers ${none ? "no row" : value} instead of ${expected}`;
    return {
      name,
      outcome: passed ? "passed" : "failed",
      value: none ? "no row" : value,
      expected,
      sentence,
    };
  } catch (thrown) {
    const said = printable(cut(thrown instanceof Error ? thrown.message : String(thrown), 300));
    return { name, outcome: "failed", value: "an error", expected, sentence: `${name} fails: ${said}` };
  }
}

function matches(expect: SqlCheck["expect"], found: Scalar | Scalar[][]): boolean {
  if (!Array.isArray(expect) || !Array.isArray(found))
    return !Array.isArray(expect) && !Array.isArray(found) && sameScalar(expect, found);
  return (
    expect.length === found.length &&
    expect.every((row, index) => {
      const other = found[index] ?? [];
      return row.length === other.length && row.every((one, at) => sameScalar(one, other[at] ?? null));
    })
  );
}

/** Databases write large and decimal numbers as text, and MySQL's family has 1 and 0 for true and false. */
function sameScalar(expected: Scalar, found: Scalar): boolean {
  if (expected === found) return true;
  if (typeof expected === "number" && typeof found === "string")
    return found.trim() !== "" && Number(found) === expected;
  if (typeof expected === "string" && typeof found === "number") return expected === String(found);
  return typeof expected === "boolean" && (found === 1 || found === 0) && expected === (found === 1);
}
