import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, in that order. Begun last, one of them would leave the other core with nothing to do. */
const long =
  "journey reconciliation-1 reconciliation-2 telling inspect pages expiry-1 expiry-2 app check year".split(
    " ",
  );

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
    env: {
      // CDK's own check of templates costs more than the rest of a synthesis. `cdk synth` has it, and so has one test
      // (test/infra/app.test.ts); what tests deploy into the stand-in needs none.
      CDK_VALIDATION: "false",
      // Each file has a process of its own, and the journey starts more: what one has compiled the next only reads.
      NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "node-compiled"),
    },
    // Two cores: the journey, and whoever waits for a server, leave a part of theirs to a third.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
