import { expect, test } from "vitest";
import { type Resource, templatesOf as synthesize, type Template } from "../../infra/templates.ts";
import { dev, prod } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

const templates = templatesOf(prod);
const ephemeral = templatesOf(dev);

const of = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.resources).filter(([, { Type }]) => Type === type);
const everywhere = (type: string, from = templates) =>
  from.flatMap((template) => of(template, type).map(([id, resource]) => ({ template, id, ...resource })));
const idOf = (value: { "Fn::GetAtt"?: [string, string]; Ref?: string } | undefined) =>
  value?.["Fn::GetAtt"]?.[0] ?? value?.Ref;

/** CDK's own function, which empties the buckets of ephemeral environments when their stack is deleted. */
const isEmptier = ({ id }: { id: string }) => id.startsWith("CustomS3AutoDeleteObjects");

test("both vault stacks are deployed before the stacks that use them", () => {
  for (const template of templates.filter(({ stack }) => !stack.includes("-vault-"))) {
    expect(template.after.sort()).toEqual(["holdfast-prod-vault-primary", "holdfast-prod-vault-recovery"]);
  }
  expect(templates.map(({ stack, region }) => [stack, region]).sort()).toEqual([
    ["holdfast-prod-protection", "eu-west-1"],
    ["holdfast-prod-recovery", "eu-central-1"],
    ["holdfast-prod-vault-primary", "eu-west-1"],
    ["holdfast-prod-vault-recovery", "eu-central-1"],
  ]);
});

test("every function is arm64, on Node 24, with a role, a log group with retention and dead letters of its own", () => {
  const functions = [
    ...everywhere("AWS::Lambda::Function"),
    ...everywhere("AWS::Lambda::Function", ephemeral),
  ];
  const own = functions.filter((one) => !isEmptier(one));
  expect(own).toHaveLength(46);
  expect(functions.length - own.length, "the emptier of two ephemeral vault stacks").toBe(2);
  for (const { template, id, Properties } of own) {
    expect(Properties, id).toMatchObject({
      Architectures: ["arm64"],
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      LoggingConfig: { LogFormat: "JSON" },
    });
    const logGroup = template.resources[idOf(Properties.LoggingConfig.LogGroup) ?? ""];
    const prodOne = template.stack.startsWith("holdfast-prod");
    expect(logGroup?.Properties.RetentionInDays).toBe(prodOne ? 365 : 30);
    expect(template.resources[idOf(Properties.DeadLetterConfig.TargetArn) ?? ""]?.Type).toBe(
      "AWS::SQS::Queue",
    );
  }
  for (const part of ["Role", "DeadLetterConfig", "LoggingConfig"]) {
    const used = own.map(
      ({ template, Properties }) => `${template.stack} ${JSON.stringify(Properties[part])}`,
    );
    expect(new Set(used).size, part).toBe(own.length);
  }
});

test("every queue is encrypted, takes TLS only, and gives up into dead letters after five tries", () => {
  for (const { template, id, Properties } of everywhere("AWS::SQS::Queue")) {
    expect(Properties.SqsManagedSseEnabled, id).toBe(true);
    const deadLetters = Properties.QueueName.endsWith("-dlq");
    expect(Properties.RedrivePolicy?.maxReceiveCount).toBe(deadLetters ? undefined : 5);
    const policy = of(template, "AWS::SQS::QueuePolicy").find(
      ([, one]) => idOf(one.Properties.Queues[0]) === id,
    );
    const statements = policy?.[1].Properties.PolicyDocument.Statement;
    expect(statements).toContainEqual(
      expect.objectContaining({
        Effect: "Deny",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    );
    // SQS developer guide, quotas: 20 statements in a policy.
    expect(statements.length).toBeLessThanOrEqual(20);
  }
});

test("a queue's messages stay hidden six times as long as its function may run, and failures come back one by one", () => {
  const mappings = everywhere("AWS::Lambda::EventSourceMapping");
  expect(mappings).toHaveLength(9);
  for (const { template, Properties } of mappings) {
    expect(Properties.FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
    const queue = template.resources[idOf(Properties.EventSourceArn) ?? ""];
    const task = template.resources[idOf(Properties.FunctionName) ?? ""];
    expect(queue?.Properties.VisibilityTimeout).toBe(6 * task?.Properties.Timeout);
  }
});

test("every rule's target has dead letters, and every target's queue lets the rule in", () => {
  const rules = everywhere("AWS::Events::Rule");
  expect(rules.length).toBeGreaterThan(15);
  for (const { template, id, Properties } of rules) {
    for (const target of Properties.Targets) {
      const queues = [target.DeadLetterConfig.Arn, target.Arn].map(idOf);
      for (const queue of queues.filter(
        (one) => one && template.resources[one]?.Type === "AWS::SQS::Queue",
      )) {
        const policy = of(template, "AWS::SQS::QueuePolicy").find(
          ([, one]) => idOf(one.Properties.Queues[0]) === queue,
        );
        const senders = policy?.[1].Properties.PolicyDocument.Statement.find(
          ({ Sid }: { Sid?: string }) => Sid === "RulesSend",
        );
        expect(senders.Condition.ArnLike["aws:SourceArn"], id).toEqual([
          `arn:aws:events:${template.region}:111122223333:rule/holdfast-prod-*`,
          `arn:aws:events:${template.region}:111122223333:rule/holdfast-prod/*`,
        ]);
      }
      expect(template.resources[queues[0] ?? ""]?.Type, id).toBe("AWS::SQS::Queue");
    }
    // EventBridge quotas: an event pattern holds 2,048 characters.
    expect(JSON.stringify(Properties.EventPattern).length).toBeLessThanOrEqual(2_048);
  }
});

test("alerts run each minute, the reconciler and the watch every five, the reaper every quarter, expiry every hour and the look at channels every six in both regions, and what the schedules cannot deliver is kept", () => {
  const schedules = everywhere("AWS::Scheduler::Schedule");
  const runs = schedules.map(({ template, Properties }) => {
    const { FunctionName } = template.resources[idOf(Properties.Target.Arn) ?? ""]?.Properties ?? {};
    return [template.region, FunctionName, Properties.ScheduleExpression].join(" ");
  });
  expect(runs.sort()).toEqual([
    "eu-central-1 holdfast-prod-alert rate(1 minute)",
    "eu-central-1 holdfast-prod-channels rate(360 minutes)",
    "eu-central-1 holdfast-prod-expire rate(60 minutes)",
    "eu-central-1 holdfast-prod-reaper rate(15 minutes)",
    "eu-central-1 holdfast-prod-reconcile rate(5 minutes)",
    "eu-central-1 holdfast-prod-watch rate(5 minutes)",
    "eu-west-1 holdfast-prod-alert rate(1 minute)",
    "eu-west-1 holdfast-prod-channels rate(360 minutes)",
    "eu-west-1 holdfast-prod-expire rate(60 minutes)",
    "eu-west-1 holdfast-prod-reaper rate(15 minutes)",
    "eu-west-1 holdfast-prod-reconcile rate(5 minutes)",
    "eu-west-1 holdfast-prod-watch rate(5 minutes)",
  ]);
  for (const { template, Properties } of schedules) {
    expect(template.resources[idOf(Properties.Target.DeadLetterConfig.Arn) ?? ""]?.Type).toBe(
      "AWS::SQS::Queue",
    );
  }
});

test("a person's wish runs expiry too, in the region whose bus it is put on", () => {
  const rules = everywhere("AWS::Events::Rule").filter(({ Properties }) =>
    Properties.EventPattern["detail-type"]?.includes("Expiry Requested"),
  );
  expect(rules.map(({ template }) => template.region).sort()).toEqual(["eu-central-1", "eu-west-1"]);
  for (const { template, Properties } of rules) {
    const [target] = Properties.Targets;
    const { FunctionName } = template.resources[idOf(target.Arn) ?? ""]?.Properties ?? {};
    expect(FunctionName).toBe("holdfast-prod-expire");
    expect(target.DeadLetterConfig).toBeDefined();
  }
});

test("new facts in a vault wake both regions' reconcilers", () => {
  for (const [here, there] of [
    ["eu-west-1", "eu-central-1"],
    ["eu-central-1", "eu-west-1"],
  ]) {
    const rules = everywhere("AWS::Events::Rule").filter(
      ({ template, Properties }) =>
        template.region === here &&
        Properties.EventPattern.detail?.bucket?.name?.[0] === `holdfast-prod-111122223333-${here}`,
    );
    const targets = rules.flatMap(({ Properties }) =>
      Properties.Targets.map((target: { Arn: unknown }) => target.Arn),
    );
    expect(targets).toContainEqual(`arn:aws:events:${there}:111122223333:event-bus/holdfast-prod`);
    expect(targets.some((arn) => idOf(arn)?.includes("ReconcileQueue"))).toBe(true);
  }
});

test("each region has both topics, encrypted, with everybody who is to hear of trouble", () => {
  for (const template of templates.filter(({ stack }) => !stack.includes("-vault-"))) {
    const subscriptions = of(template, "AWS::SNS::Subscription").map(([, { Properties }]) => [
      template.resources[Properties.TopicArn.Ref]?.Properties.TopicName,
      Properties.Protocol,
      Properties.Endpoint,
    ]);
    expect(subscriptions.sort()).toEqual([
      ["holdfast-prod-notify", "email", "ops@acme.example"],
      ["holdfast-prod-page", "email", "oncall@acme.example"],
      ["holdfast-prod-page", "sms", "+4915112345678"],
    ]);
    for (const [, topic] of of(template, "AWS::SNS::Topic"))
      expect(topic.Properties.KmsMasterKeyId).toBeDefined();
    const policies = of(template, "AWS::SNS::TopicPolicy");
    expect(policies).toHaveLength(2);
    for (const [, { Properties }] of policies) {
      expect(Properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      );
    }
    const [, key] = of(template, "AWS::KMS::Key")[0] ?? [];
    expect(JSON.stringify(key?.Properties.KeyPolicy)).toContain("cloudwatch.amazonaws.com");
  }
});

test("existing buckets are connected once each, and by connect", () => {
  const switches = everywhere("Custom::HoldfastBucketEvents");
  expect(switches.map(({ Properties }) => Properties.Bucket).sort()).toEqual(["acme-dumps", "acme-uploads"]);
  for (const { template, Properties } of switches) {
    expect(template.resources[idOf(Properties.ServiceToken) ?? ""]?.Properties.FunctionName).toBe(
      "holdfast-prod-connect",
    );
  }
});

test("the same environment gives the same templates", () => {
  expect(JSON.parse(JSON.stringify(synthesize(prod)))).toEqual(templates);
});
