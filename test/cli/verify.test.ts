import { describe, expect, test } from "vitest";
import { bench } from "./bench.ts";

const hour = 3_600_000;
describe("verify", () => {
  test("a database's point is compared in both regions with what was recorded, and no more is claimed", async () => {
    const { pass, hold } = await bench();
    await pass(hour / 4);

    const { out, code } = await hold("verify orders 20261121T0300Z");

    expect(out).toContain("eu-west-1: local-orders-20261121t0300z");
    expect(out).toContain("eu-central-1: local-orders-20261121t0300z");
    expect(out).toMatch(/same {3}encrypted: true/);
    expect(out).toMatch(/same {3}key: arn:aws:kms:eu-central-1:/);
    expect(out).toContain("same   tag holdfast:point: 20261121T0300Z");
    expect(out).toContain("Not proved here: that it can be restored. See: holdfast drill orders --report");
    expect(code).toBe(0);
  });

  test("a snapshot that has gone is damage, in the region where it has gone", async () => {
    const { pass, hold, call } = await bench();
    await pass(hour / 4);
    await call("rds", "DeleteDBSnapshot", { DBSnapshotIdentifier: "local-orders-20261121t0300z" });

    const { out, code } = await hold("verify orders 20261121T0300Z");

    expect(out).toContain("WRONG  exists: recorded local-orders-20261121t0300z, found nothing");
    expect(code).toBe(7);
    expect((await hold("verify orders 20261121T0300Z --region eu-central-1")).code).toBe(0);
  });

  test("with the primary region away the copy is still compared, and what was not is named", async () => {
    const { pass, hold, away } = await bench();
    await pass(hour / 4);
    away.add("eu-west-1");

    const { out, code } = await hold("verify orders 20261121T0300Z");

    expect(out).toContain("eu-west-1: not checked");
    expect(out).toContain("eu-central-1: local-orders-20261121t0300z");
    expect(code).toBe(6);
  });

  test("an archive is asked to be read again, and the outcome is waited for", async () => {
    const { pass, hold, published, primary, call } = await bench();
    await call("s3", "PutObject", { Bucket: "acme-dumps", Key: "erp/a.gz", Body: Buffer.from("abc") });
    await pass(60_000);
    const answer = async (fact: "verified" | "failed") => {
      const checkId = published.at(-1)?.detail.checkId ?? "";
      await primary.catalog.recordPoint(`checked-eu-west-1-${checkId}`, {
        schema: 1,
        at: "2026-11-21T03:01:02Z",
        fact,
        source: "nightly-erp",
        point: "20261121T0200Z-1a2b3c4d",
        region: "eu-west-1",
        ...(fact === "verified"
          ? {
              level: "intact",
              archive: {
                bucket: "acme-dumps",
                key: "erp/a.gz",
                sizeBytes: 3,
                sha256: "0a",
                evidence: ["Its CRC fits."],
              },
            }
          : { reason: "It ends in the middle of a member." }),
      });
    };

    const good = await hold("verify nightly-erp erp/a.gz", { onWait: () => answer("verified") });
    expect(published.at(-1)).toMatchObject({
      type: "Archive Verification Requested",
      detail: { key: "erp/a.gz" },
    });
    expect(good.out).toContain("erp/a.gz: intact\n  Its CRC fits.\n  SHA-256 0a, 3 bytes");
    expect(good.code).toBe(0);

    await pass(60_000);
    const bad = await hold("verify nightly-erp erp/a.gz", { onWait: () => answer("failed") });
    expect(bad.out).toContain("erp/a.gz: NOT intact\n  It ends in the middle of a member.");
    expect(bad.code).toBe(7);
    expect(await hold("verify nightly-erp erp/none.gz")).toMatchObject({ code: 3 });
  });

  test("a name that would steer the terminal is shown harmless", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);

    const { err } = await hold("verify nightly-erp erp/\u001b[2Jgone");

    expect(err).toContain('There is no "erp/?[2Jgone"');
  });

  test("a bucket's point says what its sweep compared, and what that does not prove", async () => {
    const { pass, hold, primary } = await bench();
    await pass(60_000);
    await primary.catalog.recordPoint("available", {
      schema: 1,
      at: "2026-11-21T03:01:00Z",
      fact: "available",
      source: "uploads",
      point: "20261121T0300Z",
      region: "eu-west-1",
      sweep: { objects: 3_000, bytes: 12_345, copied: 17 },
    });

    const { out, code } = await hold("verify uploads 20261121T0300Z");

    expect(out).toContain(
      "3000 objects of 12345 bytes, of which 17 were missing or different and were copied",
    );
    expect(out).toContain("Not proved: that what lies in the replica now is what it was then.");
    expect(code).toBe(0);
  });

  test("what is no point is refused", async () => {
    const { pass, hold } = await bench();
    await pass(60_000);
    expect(await hold("verify orders yesterday")).toMatchObject({ code: 2 });
  });
});
