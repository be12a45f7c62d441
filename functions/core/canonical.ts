/**
 * A value as JSON in its one canonical form (RFC 8785, JSON Canonicalization Scheme): no white space, members in the
 * order of their names' UTF-16 units, numbers and texts as ECMAScript writes them. What is signed is signed in this
 * form, so that anyone can check it with any library of that name. Members that are undefined are left out.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    // Not localeCompare: the order must be the same everywhere.
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(",")}}`;
}

/** The places at which two JSON values differ, as paths: "checks[2].value". What only one of them has counts. */
export function differingPaths(a: unknown, b: unknown, path = ""): string[] {
  if (isObject(a) && isObject(b)) {
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return names.flatMap((name) => {
      const step = Array.isArray(a) ? `[${name}]` : path ? `.${name}` : name;
      return differingPaths(member(a, name), member(b, name), path + step);
    });
  }
  return canonicalJson(a ?? null) === canonicalJson(b ?? null) ? [] : [path || "(all)"];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function member(of: object, name: string): unknown {
  return (of as Record<string, unknown>)[name];
}
