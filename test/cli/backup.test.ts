import { describe, expect, test } from "vitest";
import { bench } from "./bench.ts";

describe("backup", () => {
  test("takes a point of this minute and follows it until it is copied", async () => {
    const { pass, hold } = await bench();
    await pass(7 * 60_000);

    const { out, err, code } = await hold("backup orders");

    expect(err).toContain('Asked for 20261121T0307Z of "orders".');
    expect(err).toContain("Being taken in eu-west-1.");
    expect(err).toContain("Taken; being copied to eu-central-1.");
    expect(out).toBe("It is available in eu-west-1, with its copy in eu-central-1.\n");
    expect(code).toBe(0);
    await pass(60_000);
    expect((await hold("points orders")).out).toMatch(/20261121T0307Z .+ yes +yes/);
  });

  test("--no-wait asks and goes", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { out, code } = await hold("backup uploads --no-wait");

    expect(out).toContain("Follow it with: holdfast points uploads");
    expect(code).toBe(0);
  });

  test("gives up after --timeout and says that the work goes on", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { err, code } = await hold("backup orders --timeout 1m --json");

    const error = JSON.parse(err.split("\n").find((line) => line.startsWith("{")) ?? "{}");
    expect(error).toMatchObject({
      error: { code: "unavailable", fix: expect.stringContaining("It goes on without you") },
    });
    expect(code).toBe(6);
  });

  test("of a drop asks for it to be listed", async () => {
    const { pass, hold, published } = await bench();
    await pass(2 * 60_000);

    const { out, code } = await hold("backup nightly-erp");

    expect(out).toContain("The drop is being listed");
    expect(published).toContainEqual({
      type: "Archives Sweep Requested",
      detail: { source: "nightly-erp", point: "20261121T0302Z" },
    });
    expect(code).toBe(0);
  });

  test("is refused while the primary region is away: points are taken there", async () => {
    const { pass, hold, away } = await bench();
    await pass(60_000);
    away.add("eu-west-1");

    const { err, code } = await hold("backup orders");

    expect(err).toContain("Points are taken in eu-west-1, and eu-central-1 answered");
    expect(code).toBe(6);
  });
});
