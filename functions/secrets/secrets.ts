import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { awsProblem } from "../core/aws-error.ts";
import { Problem } from "../core/problem.ts";

/** Secrets that a function may read. */
export type Secrets = {
  /** The text of a secret. Throws `Problem` not-found, access-denied or unavailable, never with the text in it. */
  text(id: string): Promise<string>;
};

/** The secrets of the client's region. */
export function secretsAt(client: SecretsManagerClient): Secrets {
  return {
    async text(id) {
      const command = new GetSecretValueCommand({ SecretId: id });
      const { SecretString } = await client.send(command).catch((thrown) => {
        throw awsProblem(thrown, `secret ${id}`);
      });
      if (SecretString !== undefined) return SecretString;
      throw new Problem("invalid", `secret ${id} holds bytes, not text`, "Store the password as text.");
    },
  };
}
