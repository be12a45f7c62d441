import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../local/postgres.ts";

/*
 * What a new user sees: `npm start -- --once`, run as they would, and what it printed and left behind.
 */
const folder = mkdtempSync(join(tmpdir(), "holdfast-journey-"));
let code: number | undefined;
let said = "";

beforeAll(async () => {
  const args = [
    "local/start.ts",
    "--once",
    "--port",
    String(await freePort()),
    "--state",
    join(folder, "local"),
  ];
  const ran = await promisify(execFile)(process.execPath, args, {
    cwd: resolve("."),
    maxBuffer: 2 ** 26,
  }).catch((thrown: { code: number; stdout: string; stderr: string }) => thrown);
  code = "code" in ran ? ran.code : 0;
  said = ran.stdout + ran.stderr;
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the first full round ends well", () => {
  expect(code, said).toBe(0);
});

test("the database is snapshotted, and the copy is in the recovery region under that vault's key", () => {
  expect(said).toMatch(/snapshot +orders: local-orders-\d{8}t\d{4}z is available in eu-west-1/);
  expect(said).toMatch(
    /copy +orders: local-orders-\d{8}t\d{4}z is in eu-central-1, encrypted with that vault's key/,
  );
});

test("every object is replicated", () => {
  expect(said).toMatch(/replica +uploads: all 3\d{3} objects \(\d+ bytes\) are in eu-central-1/);
});

test("every good archive is verified in both regions", () => {
  for (const name of ["invoices.sql.gz", "invoices.sql.zst", "members.sql.gz", "customers.csv"]) {
    expect(said).toMatch(new RegExp(`intact +erp/${name} in eu-west-1`));
    expect(said).toMatch(new RegExp(`intact +archives/nightly-erp/\\S+/${name} in eu-central-1`));
  }
});

test("every bad archive is named with its reason, by email and by SMS", () => {
  const reasons: Record<string, string> = {
    "truncated.sql.gz": "unexpected end of file",
    "flipped.sql.zst": "checksum",
    "empty.sql.gz": "it is empty",
    "renamed.sql.zst": "its name promises zstd",
    "unfinished.sql.gz": "cut short",
    "other.csv": "other.csv.sha256 says",
  };
  for (const [name, reason] of Object.entries(reasons)) {
    expect(said).toContain(`What is wrong:  The archive "erp/bad/${name}" of "nightly-erp" is damaged`);
    expect(
      said
        .split("\n")
        .some((line) => line.includes(`finding    The archive "erp/bad/${name}"`) && line.includes(reason)),
    ).toBe(true);
  }
  // Delivery is at least once: a crash or a race between publishing and recording repeats a message.
  expect(said.match(/SMS to \+4915112345678/g)?.length).toBeGreaterThanOrEqual(Object.keys(reasons).length);
});

test("it ends with a status table that calls nothing ok about which a finding is open", () => {
  expect(said).toMatch(/nightly-erp +archives .* has findings/);
  expect(said).toMatch(/orders +rds-instance .*\d{8}T\d{4}Z .*\d{8}T\d{4}Z .* ok/);
  expect(said).toMatch(/uploads +bucket .* ok/);
});
