import { Duration, Stack } from "aws-cdk-lib";
import { type Environment, otherRegion } from "../../functions/core/environment.ts";
import { Api } from "./api.ts";
import type { ControlPlane } from "./control-plane.ts";
import { grantMirrorFrom } from "./vault.ts";

/**
 * One region's API and the function that answers it. It reads and writes facts, and starts what people ask for; of what is
 * protected it may change nothing itself.
 */
export function addApi(plane: ControlPlane, environment: Environment): Api {
  const api = new Api(plane, "HttpApi", { environment });
  const task = plane.addTask("api", {
    // An HTTP API waits for no longer.
    timeout: Duration.seconds(30),
    memoryMiB: 1_024,
    variables: { HOLDFAST_SIGN_IN: Stack.of(plane).toJsonString(api.signIn) },
  });
  plane.grantCatalog(task);
  grantMirrorFrom(environment, otherRegion(environment, Stack.of(plane).region), task);
  api.serveBy(task);
  return api;
}
