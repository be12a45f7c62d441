import type { CheckReport } from "../../functions/core/fingerprint.ts";
import type { Checker } from "./house.ts";

/** A checker for databases that are names only: two parts, always the same answer. */
export const cannedChecker: Checker = async ({ after }): Promise<CheckReport> => {
  const table = (name: string) => ({
    schema: "public",
    table: name,
    rows: 5,
    digest: "5".repeat(32),
    ranges: [],
  });
  const part = after ? "b" : "a";
  return {
    checks: [
      ...(after
        ? []
        : [{ name: "answers shop", outcome: "passed" as const, value: "17.5", sentence: "it answers" }]),
      { name: "fingerprint shop", outcome: "passed", value: part, sentence: "the fingerprint is made" },
    ],
    fingerprints: [
      {
        ...{ engine: "postgres", major: "17", algorithm: "one", database: "shop" },
        ...{
          schema: { digest: "0", lines: [] },
          tables: [table(part)],
          sequences: [],
          excluded: [],
          unread: [],
        },
      },
    ],
    seconds: 1,
    ...(after ? {} : { next: { database: "shop", table: "public.a" } }),
  };
};
