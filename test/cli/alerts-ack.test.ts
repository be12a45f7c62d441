import { expect, test } from "vitest";
import { digestOf } from "../../functions/alert/acknowledge.ts";
import { auditKey } from "../../functions/catalog/action-keys.ts";
import { findingKey } from "../../functions/catalog/keys.ts";
import { AuditFact } from "../../functions/core/action.ts";
import { findingId } from "../../functions/core/finding.ts";
import { breach } from "../alert/house.ts";
import { bench } from "./bench.ts";

const code = "7K3M-9QXT-2BWE";
const id = findingId(breach);

async function withAlert() {
  const house = await bench();
  await house.pass(60_000);
  const { catalog } = house.primary;
  const at = breach.since;
  await catalog.recordFinding("opened", { schema: 1, at, fact: "opened", finding: breach });
  const episodes = [{ id, since: breach.since }];
  const fact = { schema: 1, at, fact: "acknowledgement", region: "eu-west-1" } as const;
  await catalog.recordAcknowledgement(digestOf(code), { ...fact, episodes, messages: [] });
  const acknowledged = () => catalog.readFinding(findingKey(id, breach.since, "acknowledged"));
  return { ...house, catalog, acknowledged };
}

test("the code of a message acknowledges what it told, in the caller's name, and the audit log has it", async () => {
  const { hold, catalog, acknowledged } = await withAlert();

  const { code: exit, out } = await hold(`alerts ack ${code.toLowerCase()}`);

  expect(exit).toBe(0);
  expect(out).toContain(`acknowledged: ${breach.message}`);
  const { by } = await acknowledged();
  expect(by).toMatch(/^arn:aws:/);
  expect(await catalog.read(auditKey("eu-west-1", 1), AuditFact)).toMatchObject({
    who: by,
    from: { through: "break-glass" },
  });
  expect((await hold(`alerts ack ${code}`)).out).toContain(`acknowledged by ${by} at`);
});

test("so does an alert's own name; what no alert has is not found", async () => {
  const { hold, acknowledged } = await withAlert();

  expect((await hold(`alerts ack ${id}@${breach.since}`)).code).toBe(0);
  expect(await acknowledged()).toMatchObject({ fact: "acknowledged" });
  expect((await hold("alerts ack 7K3M-9QXT-2BWF")).code).toBe(3);
});
