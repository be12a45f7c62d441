import { inputOf, perform } from "../functions/api/perform.ts";
import type { ApiWorld } from "../functions/api-world.ts";
import type { Caller } from "../functions/core/api/caller.ts";
import { type Answer, type Input, type Operation, routes } from "../functions/core/api/routes.ts";
import { otherRegion } from "../functions/core/environment.ts";
import type { Problem } from "../functions/core/problem.ts";
import type { House } from "./house.ts";
import type { Io } from "./verb.ts";

/** What goes into an operation; what it needs none of is left out. */
export type Given<O extends Operation> = { [part in keyof Input<O>]?: Input<O>[part] };

/** What takes operations, over HTTP or otherwise. */
export type Asker = {
  /** Performs an operation. Throws the `Problem` that the API answers. */
  ask<O extends Operation>(operation: O, given?: Given<O>): Promise<Answer<O>>;
  /** Where it was asked, for people. */
  readonly where: string;
};

/** The environment that answers, and in which region. */
export type About = Omit<Answer<"whoAmI">, "who" | "role">;

/** The API, over HTTP or, where the glass is broken, its own code over a vault and credentials alone. */
export type Client = Asker & {
  readonly about: About;
  /** Who was asked first and did not answer. */
  readonly silent: House["silent"];
  /** Where the glass is broken: the environment as the vault that answered tells it. */
  readonly house?: House;
};

/** The API's own handlers in this process, with whatever rights this process has. */
export function inProcess(house: House, { reach, tell }: Pick<Io, "reach" | "tell">): Client {
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
  const unwritten = ({ message }: Problem) =>
    tell(`That you did this could not be written into the audit log: ${message}.`);
  const { primaryRegion, recoveryRegion } = environment;
  return {
    where: `the vault in ${region}`,
    about: {
      environment: environment.name,
      account: environment.account,
      region,
      primaryRegion,
      recoveryRegion,
    },
    silent: house.silent,
    house,
    async ask(operation, given = {}) {
      // Who only looks need not be known, and STS may be away with the rest of a region.
      const looks = routes[operation].method === "GET" && operation !== "whoAmI";
      if (!looks) who ??= identity.prove(purpose).then((proof) => identity.identify(proof, purpose));
      const caller: Caller = { who: (await who) ?? "", role: "iam", from: { through: "break-glass" } };
      const input = inputOf(operation, { params: {}, query: {}, body: {}, ...given });
      return perform(operation, input, world, caller, { unwritten });
    },
  };
}
