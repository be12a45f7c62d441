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
