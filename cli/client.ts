import { perform } from "../functions/api/perform.ts";
import type { ApiWorld } from "../functions/api-world.ts";
import type { Caller } from "../functions/core/api/caller.ts";
import type { Answer, Input, Operation } from "../functions/core/api/routes.ts";
import { otherRegion } from "../functions/core/environment.ts";
import type { House } from "./house.ts";
import type { Reach } from "./reach.ts";

/** What goes into an operation; what it needs none of is left out. */
export type Given<O extends Operation> = { [part in keyof Input<O>]?: Input<O>[part] };

/** The API, over HTTP or, where the glass is broken, its own code over a vault and credentials alone. */
export type Client = {
  /** Performs an operation. Throws the `Problem` that the API answers. */
  ask<O extends Operation>(operation: O, given?: Given<O>): Promise<Answer<O>>;
  /** Where it was asked, for people. */
  readonly where: string;
};

/** The API's own handlers in this process, with whatever rights this process has. */
export function inProcess(house: House, reach: Reach): Client {
  const { environment, region } = house;
  const at = (where: string) => (where === region ? house.world : reach.world(environment, where));
  const world: ApiWorld = {
    ...house.world,
    otherCatalog: at(otherRegion(environment, region)).catalog,
    openApi: () => "",
    at,
  };
  const purpose = "break the glass";
  const { identity } = house.world;
  let who: Promise<string> | undefined;
  return {
    where: `the vault in ${region}`,
    async ask(operation, given = {}) {
      who ??= identity.prove(purpose).then((proof) => identity.identify(proof, purpose));
      const caller: Caller = { who: await who, role: "iam", from: { through: "break-glass" } };
      const input = { params: {}, query: {}, body: {}, ...given } as Input<typeof operation>;
      return perform(operation, input, world, caller);
    },
  };
}
