import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Secrets, secretsAt } from "./secrets/secrets.ts";

/** The world of a function in the network of drills: from there nothing else of AWS is reached. */
export type NetworkWorld = { now(): Date; secrets: Secrets };

/** That world in Lambda, in its own region. A whole world would make the bundle twice as large. */
export function networkWorld(): NetworkWorld {
  return { now: () => new Date(), secrets: secretsAt(new SecretsManagerClient()) };
}
