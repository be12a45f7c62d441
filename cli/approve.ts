import type { ApiVerb } from "./verb.ts";

/**
 * Approves or refuses a restore, or the undoing of one, that somebody else wants. Who it is AWS says, to the API or, with
 * the glass broken, to the function that restores.
 */
export const approve: ApiVerb = async ([id = ""], client, { refuse }) => {
  const body = refuse === undefined ? {} : { refuse };
  const { answer, by } = await client.ask("approveRestore", { params: { restore: id }, body });
  return {
    json: { restore: id, [answer]: true, by },
    text: [`${answer === "approved" ? "Approved" : "Refused"} as ${by}: ${id}.`],
    exitCode: 0,
  };
};
