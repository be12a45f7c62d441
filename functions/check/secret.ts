import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { awsProblem } from "../core/aws-error.ts";
import { Problem } from "../core/problem.ts";

let client: SecretsManagerClient | undefined;

/** The text of a secret. Throws `Problem` not-found, access-denied or unavailable, never with the text in it. */
export async function secret(id: string): Promise<string> {
  client ??= new SecretsManagerClient({});
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id })).catch((thrown) => {
    throw awsProblem(thrown, `secret ${id}`);
  });
  if (SecretString === undefined)
    throw new Problem("invalid", `secret ${id} holds bytes, not text`, "Store the password as text.");
  return SecretString;
}
