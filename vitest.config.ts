import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What functions log is for CloudWatch; a failing test shows its own message.
    silent: true,
    // Two cores: more workers than cores only slow the journey down.
    maxWorkers: 2,
  },
});
