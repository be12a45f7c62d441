import type { AlertView } from "../functions/core/api/alerts.ts";
import type { Answer } from "../functions/core/api/routes.ts";
import type { ApiVerb } from "./verb.ts";

/**
 * Says that somebody is on it, by the code of a message or by an alert's own name, `<finding>@<since>`: it is not told
 * again. Only evidence ends it. It is written into the vault of the region that answered, and needs nothing of the other.
 */
export const alertsAck: ApiVerb = async ([what = ""], client) => {
  if (what.includes("@")) {
    const view = await client.ask("acknowledgeAlert", { params: { alert: what } });
    return { json: view, text: [said(view)], exitCode: 0 };
  }
  const { acknowledged, by } = await client.ask("acknowledgeCode", { body: { code: what } });
  return {
    json: { acknowledged, by },
    text: [...acknowledged.map(sentenceOf), "It is not told again. Only evidence ends it."],
    exitCode: 0,
  };
};

function said({ id, acknowledgedBy, acknowledgedAt }: AlertView): string {
  return `${id} was acknowledged by ${acknowledgedBy} at ${acknowledgedAt}. It ends when what it says is over.`;
}

type Acknowledged = Answer<"acknowledgeCode">["acknowledged"][number];

function sentenceOf({ finding, message, state, by, at }: Acknowledged): string {
  const about = finding ? finding.message : `The ${message?.message} of ${message?.slot}.`;
  if (state === "over") return `over already: ${about}`;
  return state === "already" ? `acknowledged by ${by} at ${at}: ${about}` : `acknowledged: ${about}`;
}
