import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { environmentNames, loadEnvironment } from "../../infra/load-environment.ts";

test("every environment file is good and has the name of its file", async () => {
  expect(environmentNames()).toEqual(["dev", "local", "prod"]);
  for (const name of environmentNames()) {
    expect((await loadEnvironment(name)).name).toBe(name);
  }
});

test("local and dev clean up after themselves, prod is protected", async () => {
  expect((await loadEnvironment("local")).profile).toBe("ephemeral");
  expect((await loadEnvironment("dev")).profile).toBe("ephemeral");
  expect((await loadEnvironment("prod")).profile).toBe("protected");
});

test("an unknown environment is refused with those that exist and the one that was meant", async () => {
  await expect(loadEnvironment("prd")).rejects.toMatchObject({
    code: "not-found",
    message: 'There is no environment "prd"',
    fix: "Write -c env=prod; there are: dev, local, prod.",
  });
});

test("a path is not an environment", async () => {
  await expect(loadEnvironment("../environment")).rejects.toMatchObject({ code: "not-found" });
});

test("no environment at all is refused with those that exist", async () => {
  await expect(loadEnvironment(undefined)).rejects.toMatchObject({
    code: "not-found",
    fix: "Write -c env=<name>, one of: dev, local, prod.",
  });
});

test("of one account an environment whose names would begin like another's is refused, whichever is put up", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  const accounts = { prod: "1", "prod-x": "1", "prod-y": "2", production: "1", x: "1" };
  for (const [name, account] of Object.entries(accounts))
    writeFileSync(join(folder, `${name}.ts`), `export default ${JSON.stringify({ name, account })};`);
  const load = (name: string) => loadEnvironment(name, pathToFileURL(`${folder}/`));

  for (const name of ["prod", "prod-x"]) {
    const other = name === "prod" ? "prod-x" : "prod";
    await expect(load(name)).rejects.toMatchObject({
      code: "invalid",
      message:
        `The environment file is refused: name is "${name}", and "${other}" is in the account 1 too, so that either's rights ` +
        'and alarms for holdfast-prod-… would hold for both; write "prodx" for "prod-x", or give it an account of its own',
    });
  }
  for (const name of ["prod-y", "production", "x"]) expect((await load(name)).name).toBe(name);
});
