import {
  DeleteRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { present, same } from "./expect.ts";
import type { Place } from "./place.ts";

/** Makes a rule on the default bus that sends what matches a pattern to one target. Gives its name and ARN. */
export async function ruleIn(place: Place, targetArn: string, pattern: object, target: Partial<Target> = {}) {
  const { events } = place.here;
  const name = place.name("rule");
  const made = await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }));
  place.afterwards(`rule ${name}`, async () => {
    await events.send(new RemoveTargetsCommand({ Rule: name, Ids: ["it"] }));
    await events.send(new DeleteRuleCommand({ Name: name }));
  });
  const Targets = [{ Id: "it", Arn: targetArn, ...target }];
  const put = await events.send(new PutTargetsCommand({ Rule: name, Targets }));
  same("the targets that failed", put.FailedEntryCount, 0);
  return { name, arn: present("the rule's ARN", made.RuleArn) };
}
