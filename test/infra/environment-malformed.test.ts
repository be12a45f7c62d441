import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Breakable, goodFile, goodFiles } from "./files.ts";
import { broken, refusal } from "./mistakes.ts";

/** Whether the text names the path of a field, and not merely one that begins like it. */
function names(text: string, path: string): boolean {
  return text.includes(`${path} is `) || text.includes(`${path} (source `);
}

describe("malformed files", () => {
  /** Every field of the good file, with its container. */
  function fieldsOf(
    value: Breakable,
    path = "",
  ): { path: string; get: (file: Breakable) => Breakable; key: string }[] {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    const get = (file: Breakable) => steps.reduce((at, step) => at[step], file);
    return Object.keys(value).flatMap((key) => {
      const here = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
      const below = typeof value[key] === "object" ? fieldsOf(value[key], here) : [];
      return [{ path: here, get, key }, ...below];
    });
  }

  const optional = new Set(
    [
      "alerts.notify",
      "alerts.canary",
      "alerts.canary.at",
      "alerts.canary.timeZone",
      "alerts.digest",
      "alerts.digest.timeZone",
      "alerts.quietHours",
      "alerts.quietHours.timeZone",
      "alerts.acknowledgeWithin",
      "alerts.acknowledgeWithin.P1",
      "alerts.acknowledgeWithin.P3",
      "restores",
      "restores.approval",
      "restores.network",
      "restores.network.subnetGroup",
      "restores.network.securityGroups",
      "restores.hydrate",
      "restores.hydrate.primary",
      "restores.hydrate.recovery",
      "restores.buckets",
      "storage",
      "signIn",
      "signIn.rolesClaim",
      "signIn.clientId",
      "signIn.scope",
      "signIn.origins",
      "plans.critical.budget",
      "plans.critical.budget.rpo",
      "plans.critical.budget.rto",
      "plans.critical.rto",
      "plans.critical.recoveryRpo",
      "plans.critical.copies",
      "plans.critical.pointInTime",
      "plans.critical.pointInTimeDays",
      "sources[2].deletions",
      "sources[2].keyArn",
      "sources[3].keyArn",
      "sources[0].checks",
      "sources[0].checks[0].database",
      "sources[0].heartbeat",
      "sources[0].heartbeat.database",
      "sources[0].hydrate",
      "plans.critical.scrub",
      "plans.critical.drill",
      "plans.critical.drill.instanceClass",
      "plans.critical.drill.sql",
      "plans.critical.drill.sample",
    ].concat(Object.keys(goodFile().plans.critical.keep).map((tier) => `plans.critical.keep.${tier}`)),
  );
  const wrong = [
    null,
    true,
    7.5,
    -1,
    Number.NaN,
    "?",
    "\u0000",
    " ",
    [],
    [[]],
    {},
    { a: 1 },
    () => "x",
    10n,
    Symbol("x"),
  ];
  test("each field, given what it can't be, is refused with its path", () => {
    let files = 0;
    for (const { path, get, key } of fieldsOf(goodFile())) {
      for (const value of wrong) {
        // No copies at all is a plan that databases may have.
        if (key === "copies" && Array.isArray(value) && value.length === 0) continue;
        // Whether a statement is one, and what it gives, only a database can tell.
        if (/\]\.(sql|expect)/.test(path)) continue;
        const message = refusal(
          broken((file) => {
            get(file)[key] = value;
          }),
        );
        files++;
        expect(mentions(message, path), `${path} = ${String(value)}: ${message}`).toBe(true);
      }
    }
    expect(files).toBeGreaterThanOrEqual(700);
  });

  test("each field that is owed and left out is refused with its path", () => {
    for (const { path, get, key } of fieldsOf(goodFile())) {
      if (optional.has(path) || isNamedByWriter(path)) continue;
      const message = refusal(
        broken((file) => {
          delete get(file)[key];
        }),
      );
      expect(mentions(message, path), `${path}: ${message}`).toBe(true);
    }
  });

  test("each field, spelt wrong, is refused with the wrong name and the right one", () => {
    for (const { path, get, key } of fieldsOf(goodFile())) {
      if (isNamedByWriter(path) || key === "kind") continue;
      const spelt = `${key}s`;
      const message = refusal(
        broken((file) => {
          const at = get(file);
          at[spelt] = at[key];
        }),
      );
      const wrongPath = `${path}s`;
      expect(names(message, wrongPath), message).toBe(true);
      expect(message).toContain(`write "${key}", or leave it out`);
    }
  });

  test("1,000 random ones, with one field made wrong in a random good file, are refused with its path", () => {
    const kinds: [
      path: (index: number) => string,
      change: (file: Breakable, index: number, junk: string) => void,
    ][] = [
      [() => "account", (file, _, junk) => set(file, "account", `${junk}1`)],
      [() => "primaryRegion", (file, _, junk) => set(file, "primaryRegion", `xx-${junk}`)],
      [() => "recoveryRegion", (file) => set(file, "recoveryRegion", file.primaryRegion)],
      [() => "name", (file, _, junk) => set(file, "name", `-${junk}`)],
      [() => "alerts.page[0].number", (file, _, junk) => set(file.alerts.page[0], "number", `0${junk}`)],
      [
        () => "alerts.page[1].address",
        (file, _, junk) => set(file.alerts.page[1], "address", `${junk}.example`),
      ],
      [
        (index) => `sources[${index}].name`,
        (file, index, junk) => set(file.sources[index], "name", `${junk}--x`),
      ],
      [
        (index) => `sources[${index}].plan`,
        (file, index, junk) => set(file.sources[index], "plan", `${junk}!`),
      ],
      [
        (index) => `sources[${index}].name`,
        (file, index) => set(file.sources[index], "name", file.sources[index === 0 ? 1 : 0].name),
      ],
      [(index) => `sources[${index}].zz`, (file, index, junk) => set(file.sources[index], "zz", junk)],
    ];
    fc.assert(
      fc.property(
        goodFiles,
        fc.constantFrom(...kinds),
        fc.nat(2),
        fc.stringMatching(/^[a-z!é ]{1,9}$/),
        (good, [path, change], index, junk) => {
          const file = structuredClone(good);
          change(file, index, junk);
          const message = refusal(file);
          const paths =
            path(index) === "sources[0].name" ? ["sources[0].name", "sources[1].name"] : [path(index)];
          expect(
            paths.some((one) => names(message, one)),
            message,
          ).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  function isNamedByWriter(path: string): boolean {
    return path.endsWith("]") || path === "plans.critical";
  }

  /** The path itself, or a field in it: what replaces a whole group is refused for what the group then lacks. */
  function mentions(message: string, path: string): boolean {
    return names(message, path) || message.includes(`${path}.`) || message.includes(`${path}[`);
  }

  function set(at: Breakable, key: string, value: unknown): void {
    at[key] = value;
  }
});
