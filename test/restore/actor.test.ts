import { expect, test } from "vitest";
import { actorOf } from "../../functions/restore/actor.ts";
import local from "../../infra/environments/local.ts";

/*
 * Of those who start a restore, the API's role alone may say for whom.
 */
test.each([
  [
    "the API's role in another account",
    "arn:aws:sts::111122223333:assumed-role/holdfast-local-api-eu-central-1/api",
  ],
  ["that of another environment", "arn:aws:sts::000000000000:assumed-role/holdfast-dev-api-eu-central-1/api"],
  ["that of a third region", "arn:aws:sts::000000000000:assumed-role/holdfast-local-api-us-east-1/api"],
  [
    "a role whose name begins so",
    "arn:aws:sts::000000000000:assumed-role/holdfast-local-api-eu-central-1x/api",
  ],
  ["a session of that name", "arn:aws:sts::000000000000:assumed-role/x/holdfast-local-api-eu-central-1"],
  ["a user of that name", "arn:aws:iam::000000000000:user/holdfast-local-api-eu-central-1"],
  [
    "another function of ours",
    "arn:aws:sts::000000000000:assumed-role/holdfast-local-watch-eu-central-1/watch",
  ],
])("%s speaks for nobody", (_, proved) => {
  expect(() => actorOf(proved, "jwt:https://issuer.example#ada", { environment: local })).toThrow(
    /which only the API may/,
  );
  expect(actorOf(proved, undefined, { environment: local })).toBe(proved);
});
