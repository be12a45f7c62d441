import { expect, test } from "vitest";
import type { ChannelState } from "../../functions/core/channel.ts";
import { AwsError } from "../../local/twin.ts";
import { bench } from "./bench.ts";

const ok: ChannelState = {
  channel: "email oncall@acme.example",
  severity: "page",
  state: "ok",
  reason: "SNS took it",
};
const gone: ChannelState = {
  channel: "slack holdfast/slack",
  severity: "notify",
  state: "failed",
  reason: "it answered 410",
};

/** The local environment with a function `channels` in each region that answers so. */
async function withChannels(answers: Record<string, ChannelState[] | AwsError>) {
  const house = await bench();
  await house.pass(60_000);
  const asked: string[] = [];
  house.twin.register({
    name: "lambda",
    operations: {
      Invoke({ FunctionName, Payload }: { FunctionName: string; Payload: Uint8Array }, { region }) {
        asked.push(`${region} ${FunctionName} ${Buffer.from(Payload)}`);
        const answer = answers[region];
        if (answer instanceof AwsError) throw answer;
        const report = { schema: 1, at: "2026-11-21T03:01:00.000Z", region, channels: answer };
        return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(report)) };
      },
    },
  });
  return { ...house, asked };
}

test("alerts test tries the channels of both regions, and says of each how it stands and why", async () => {
  const { hold, asked } = await withChannels({ "eu-west-1": [ok, gone], "eu-central-1": [ok] });

  const { code, out } = await hold("alerts test");

  expect(asked.sort()).toEqual([
    'eu-central-1 holdfast-local-channels {"test":true}',
    'eu-west-1 holdfast-local-channels {"test":true}',
  ]);
  expect(out.split("\n").slice(0, 4)).toEqual([
    "From eu-west-1:",
    "FOR     CHANNEL                    STATE   BECAUSE",
    "page    email oncall@acme.example  ok      SNS took it",
    "notify  slack holdfast/slack       failed  it answered 410",
  ]);
  expect(out).toContain("From eu-central-1:");
  expect(code, "a channel reaches nobody").toBe(1);
});

test("of one region alone, all well, as JSON", async () => {
  const { hold, asked } = await withChannels({ "eu-west-1": [ok], "eu-central-1": [gone] });

  const { code, json } = await hold("alerts test --region eu-west-1 --json");

  expect(asked).toHaveLength(1);
  expect(json).toEqual({ environment: "local", regions: [{ region: "eu-west-1", channels: [ok] }] });
  expect(code).toBe(0);
});

test("a region that does not answer keeps nobody from hearing of the other", async () => {
  const away = new AwsError("ServiceException", "it is away", 503);
  const { hold } = await withChannels({ "eu-west-1": away, "eu-central-1": [ok] });

  const { code, out } = await hold("alerts test");

  expect(out).toMatch(/^eu-west-1: function holdfast-local-channels: AWS answered ServiceException/);
  expect(out).toContain("page  email oncall@acme.example  ok");
  expect(code).toBe(6);
});

test("a word after alerts that is none of its verbs is refused", async () => {
  const { hold } = await withChannels({});
  const { code, err } = await hold("alerts tset");
  expect(err).toContain("alerts takes 0 argument(s)");
  expect(code).toBe(2);
});
