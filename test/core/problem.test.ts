import { expect, test } from "vitest";
import { asProblem, Problem, problemCodes } from "../../functions/core/problem.ts";

test("no problem exits as success, or as a source that is out of its RPO", () => {
  for (const { exitCode } of Object.values(problemCodes)) {
    expect(exitCode).toBeGreaterThan(1);
    expect(exitCode).toBeLessThan(126);
  }
});

test("every code has a section of its own in the runbook", () => {
  const anchors = Object.values(problemCodes).map(({ runbook }) => runbook);
  expect(new Set(anchors).size).toBe(anchors.length);
});

test("a problem stays itself, anything else that was thrown becomes internal with its cause", () => {
  const problem = new Problem("quota", "full", "Make room.");
  expect(asProblem(problem)).toBe(problem);

  const cause = new TypeError("x is not a function");
  expect(asProblem(cause)).toMatchObject({ code: "internal", message: "x is not a function", cause });
  expect(asProblem("just text")).toMatchObject({
    code: "internal",
    message: "just text",
    cause: "just text",
  });
});

test("only what may pass by itself is retryable", () => {
  const retryable = Object.keys(problemCodes).filter(
    (code) => new Problem(code as "quota", "", "").retryable,
  );
  expect(retryable.sort()).toEqual(["broken", "conflict", "quota", "throttled", "timeout", "unavailable"]);
});
