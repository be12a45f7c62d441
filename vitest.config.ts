import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, in that order. Begun last, one of them would leave the other core with nothing to do. */
const long = ["journey", "reconciliation-1", "reconciliation-2", "expiry-1", "expiry-2", "inspect", "year"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? long.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What functions log is for CloudWatch; a failing test shows its own message.
    silent: true,
    // Two cores: more workers than cores only slow the journey down.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
