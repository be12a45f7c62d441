import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { onAws, onStandIn } from "./durable-engines.ts";

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

test.each([
  ["AWS's own test runner", onAws, /./],
  ["the stand-in", onStandIn, /^arn:aws:lambda:.*:function:work:1\/durable-execution\/[^/]+\/[^/]+$/],
])("a workflow knows by which ARN AWS knows its execution, on %s", async (_, engine, arn) => {
  const seen = await engine.replay(async (steps) => {
    const first = await steps.step("record it", async () => steps.execution);
    return [first, steps.execution, steps.always.execution];
  });
  expect(seen[0]).toMatch(arn);
  expect(new Set(seen).size).toBe(1);
});
