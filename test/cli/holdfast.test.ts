import { describe, expect, test } from "vitest";
import { bench } from "./bench.ts";

describe("explain", () => {
  test("says a plan in one sentence and what it protects", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { out, code } = await hold("explain demo");

    expect(out).toContain('Plan "demo" takes a recovery point every 15m, copied to the recovery region');
    expect(out).toContain('  orders: the RDS instance "orders-db"');
    expect(out).toContain('  nightly-erp: the archives in "acme-dumps/erp/"');
    expect(code).toBe(0);
  });
});

describe("what can't be", () => {
  test.each([
    ["", 2],
    ["nope", 2],
    ["points", 2],
    ["verify orders", 2],
    ["status orders", 2],
    ["status --nope", 2],
    ["status --timeout soon", 2],
    ["explain critical", 3],
    ["status --env ../prod", 2],
  ])("%j exits with %i", async (line, code) => {
    const { pass, hold } = await bench();
    await pass(60_000);
    expect((await hold(line)).code).toBe(code);
  });

  test("errors are JSON too when JSON is asked for, with code, fix and runbook", async () => {
    const { hold } = await bench();

    const { err, out } = await hold("status --nope --json");

    expect(out).toBe("");
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "invalid",
        message: expect.stringContaining("--nope"),
        fix: "See: holdfast --help",
        runbook: "docs/runbook.md#invalid",
      },
    });
  });

  test("an environment that was never deployed has no vault", async () => {
    const { hold } = await bench();
    expect(await hold("status --env staging")).toMatchObject({
      code: 3,
      err: expect.stringContaining("NoSuchBucket"),
    });
  });

  test("no environment, and no region, are asked for by name", async () => {
    const { hold } = await bench();
    expect((await hold("status", { variables: {} })).err).toContain(
      "Write --env <name>, or set HOLDFAST_ENV.",
    );
    expect((await hold("status", { variables: { HOLDFAST_ENV: "local" } })).err).toContain(
      "Write --region, set AWS_REGION, or check the name",
    );
  });
});
