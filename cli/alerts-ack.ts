import { type Acknowledgeable, type Acknowledged, acknowledge } from "../functions/alert/acknowledge.ts";
import { audit } from "../functions/api/audit-log.ts";
import { whoAmI } from "./restore-manage.ts";
import type { Verb } from "./verb.ts";

/**
 * Says that somebody is on it, by the code of a message or by an alert's own name, `<finding>@<since>`. It is written into
 * the vault that answered, so it needs nothing of the other region, and into that region's audit log before it is done.
 */
export const alertsAck: Verb = async ([what = ""], { world }) => {
  const by = await whoAmI(world, "acknowledge");
  const meant = meantBy(what);
  const target = "code" in meant ? "the code of a message" : what;
  const about = { who: by, what: "acknowledgeAlert", target, from: { through: "break-glass" } } as const;
  await audit({ ...about, outcome: "accepted" }, world);
  const all = await acknowledge(meant, by, world);
  return {
    json: { acknowledged: all, by },
    text: [...all.map(sentenceOf), "It is not told again. Only evidence ends it."],
    exitCode: 0,
  };
};

function meantBy(what: string): Acknowledgeable {
  const [, findingId, since] = /^([a-z0-9-]+\.[^@]+)@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(what) ?? [];
  return findingId && since ? { findingId, since } : { code: what };
}

function sentenceOf({ finding, message, state, by, at }: Acknowledged): string {
  const about = finding ? finding.message : `The ${message?.message} of ${message?.slot}.`;
  if (state === "over") return `over already: ${about}`;
  return state === "already" ? `acknowledged by ${by} at ${at}: ${about}` : `acknowledged: ${about}`;
}
