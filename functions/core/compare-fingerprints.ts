import {
  coarsen,
  type Fingerprint,
  keyName,
  nameOf,
  type RangeLayout,
  type TableFingerprint,
} from "./fingerprint.ts";

/** One thing in which two fingerprints differ. */
export type Difference = {
  kind: "engine" | "schema" | "table" | "range" | "sequence";
  /** The table, sequence or database it is about. */
  name: string;
  from?: string;
  to?: string;
  /** One sentence. */
  sentence: string;
};

/** At most so many ranges of one table, and lines of a schema, are named one by one. */
const named = 5;

/** Every difference between what was expected and what was found, each naming its table and, if it can, key range. */
export function compareFingerprints(expected: Fingerprint, found: Fingerprint): Difference[] {
  const kind = ({ engine, major, algorithm }: Fingerprint) => `${engine} ${major} (${algorithm})`;
  if (kind(expected) !== kind(found)) {
    const sentence = `the fingerprints cannot be compared: one is of ${kind(expected)}, the other of ${kind(found)}`;
    return [{ kind: "engine", name: found.database, sentence }];
  }
  return [
    ...compareSchemas(expected, found),
    ...pairs(expected.tables, found.tables, nameOf).flatMap(([name, a, b]) => compareTables(name, a, b)),
    ...pairs(expected.sequences, found.sequences, ({ name }) => name).flatMap(
      ([name, a, b]): Difference[] => {
        const sentence = `sequence ${name} is at ${b?.value ?? "nothing"} instead of ${a?.value ?? "nothing"}`;
        return a?.value === b?.value ? [] : [{ kind: "sequence", name, sentence }];
      },
    ),
  ];
}

function compareSchemas(expected: Fingerprint, found: Fingerprint): Difference[] {
  if (expected.schema.digest === found.schema.digest) return [];
  const [before, after] = [new Set(expected.schema.lines), new Set(found.schema.lines)];
  const missing = expected.schema.lines.filter((line) => !after.has(line)).map((line) => `missing "${line}"`);
  const added = found.schema.lines.filter((line) => !before.has(line)).map((line) => `added "${line}"`);
  const all = [...missing, ...added];
  const some = [...missing.slice(0, named), ...added.slice(0, named)].join("; ");
  const sentence = `the schema differs in ${all.length} lines: ${some}`;
  return [{ kind: "schema", name: found.database, sentence }];
}

function compareTables(
  name: string,
  a: TableFingerprint | undefined,
  b: TableFingerprint | undefined,
): Difference[] {
  if (!a || !b) {
    const sentence = a ? `table ${name} with ${a.rows} rows is missing` : `table ${name} was not expected`;
    return [{ kind: "table", name, sentence }];
  }
  if (a.rows === b.rows && a.digest === b.digest) return [];
  const count = a.rows === b.rows ? `${b.rows} rows` : `${b.rows} rows instead of ${a.rows}`;
  const ranges = compareRanges(name, a, b);
  if (ranges.length > 0) return ranges;
  const extent = ({ layout }: TableFingerprint) =>
    layout ? `${keyName(layout, BigInt(layout.lo))} to ${keyName(layout, BigInt(layout.hi))}` : "any key";
  const keys = a.layout && b.layout ? ` with keys ${extent(b)} (expected ${extent(a)})` : "";
  return [{ kind: "table", name, sentence: `table ${name} differs: ${count}${keys}, and other contents` }];
}

/** The ranges that differ, where both sides have ranges of the same column, at the coarser of their shifts. */
function compareRanges(name: string, a: TableFingerprint, b: TableFingerprint): Difference[] {
  if (!a.layout || !b.layout) return [];
  const axis = ({ column, unit, prefix }: RangeLayout) => JSON.stringify([column, unit, prefix]);
  if (axis(a.layout) !== axis(b.layout)) return [];
  const shift = Math.max(a.layout.shift, b.layout.shift);
  const [left, right] = [a, b].map(({ layout, ranges }) =>
    layout ? coarsen(layout, ranges, shift - layout.shift).ranges : [],
  );
  const differing = pairs(left ?? [], right ?? [], ({ at }) => at).filter(
    ([, x, y]) => x?.digest !== y?.digest || x?.rows !== y?.rows,
  );
  const column = a.layout.column;
  return differing.slice(0, named).map(([, x, y], index): Difference => {
    const { from, to } = x ?? y ?? { from: "", to: "" };
    const where =
      from === "" && to === "" ? `${column} outside the ranges` : `${column} from ${from} to ${to}`;
    const [before, after] = [x?.rows ?? 0, y?.rows ?? 0];
    const what = before === after ? `${after} rows, but not the same` : `${after} rows instead of ${before}`;
    const more = differing.length - named;
    const rest = more > 0 && index === named - 1 ? `, and ${more} more ranges differ` : "";
    return { kind: "range", name, from, to, sentence: `table ${name}, ${where}: ${what}${rest}` };
  });
}

/** Both lists side by side, by name, in the order in which names first occur. */
function pairs<T>(
  a: T[],
  b: T[],
  name: (one: T) => string,
): [name: string, a: T | undefined, b: T | undefined][] {
  const [left, right] = [
    new Map(a.map((one) => [name(one), one])),
    new Map(b.map((one) => [name(one), one])),
  ];
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => [key, left.get(key), right.get(key)]);
}
