import { differingPaths } from "../core/canonical.ts";
import { DrillFinishedFact } from "../core/drill.ts";

/** What differs between two texts of one certificate, field by field; empty if nothing does. */
export function differing(a: string, b: string, what: string): string[] {
  if (a === b) return [];
  const [left, right] = [parsed(a), parsed(b)];
  const paths = left && right ? differingPaths(left, right) : [];
  return [
    `${what} differs from it${paths.length > 0 ? ` in ${paths.slice(0, 10).join(", ")}` : " as a text"}`,
  ];
}

function parsed(text: string): DrillFinishedFact | undefined {
  try {
    return DrillFinishedFact.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
