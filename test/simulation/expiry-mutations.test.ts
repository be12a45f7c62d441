import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mutations } from "./expiry-mutations.ts";
import { tellingMutations } from "./telling-mutations.ts";

test("every guard that mutate.ts takes away stands where it looks for it", () => {
  for (const { name, edits } of [...mutations, ...tellingMutations]) {
    for (const { file, from } of edits) {
      expect(readFileSync(file, "utf8").split(from), `${name}: ${from}`).toHaveLength(2);
    }
  }
});
