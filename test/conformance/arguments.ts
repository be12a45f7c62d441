import { parseArgs } from "node:util";
import type { Aim } from "./place.ts";

/** What a run was asked for. */
export type Wish = {
  aim: Aim;
  /** Whether cases that make databases run. */
  costly: boolean;
  /** The table of known differences. */
  differences?: string;
  only: string;
  json: boolean;
};

/** A command line that cannot be followed; the message is one sentence. */
export class WrongArguments extends Error {}

/** What `--help` prints. */
export const help = `Runs the AWS calls that Holdfast makes against an endpoint, and compares the answers with what AWS documents.

  npm run conformance -- --endpoint <url> [options]    against an emulator
  npm run conformance -- --aws [options]               against AWS, with the credentials of your environment

  --region <name>         where most of it happens (eu-west-1)
  --other-region <name>   the other end of copies across regions (eu-central-1)
  --differences <file>    a Markdown table of known differences: | case | AWS documents | here instead |
  --only <text>           only cases whose name has this text in it
  --patience <seconds>    how long to wait for what comes later (15; with --aws 1800)
  --costly                with --aws: also cases that make three small RDS instances and an Aurora cluster without
                          instances, snapshots and copies of them; about 45 minutes and less than a dollar
  --role <arn>            with --aws: a role that scheduler.amazonaws.com may assume to send to SQS queues;
                          without it the cases of EventBridge Scheduler do not run
  --json                  one JSON array of outcomes instead of lines

An endpoint is called with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY if they are set, else with made-up keys.
Everything made is named holdfast-conformance-… and removed again, also after Ctrl-C. An emulator that takes its
regions from the signature must be one for both.

Exit codes: 0 all as documented or as listed; 1 a difference that is not listed, a listed one that is gone, or a run
that was ended early; 2 wrong arguments, or nothing answers at the endpoint.
`;

/** Reads a command line; `undefined` if it asks for help. Throws `WrongArguments`. */
export function readArguments(argv: string[]): Wish | undefined {
  const { values } = parsed(argv);
  if (values.help) return undefined;
  if (values.endpoint === undefined && !values.aws)
    throw new WrongArguments("Say against what to run: --endpoint <url>, or --aws for AWS itself");
  if (values.endpoint !== undefined && values.aws)
    throw new WrongArguments("Give --endpoint or --aws, not both");
  if (!values.aws && (values.costly || values.role !== undefined))
    throw new WrongArguments("--costly and --role go with --aws only: an emulator needs neither");
  if (values.region === values["other-region"])
    throw new WrongArguments(`--region and --other-region are both ${values.region}, but must differ`);
  for (const name of ["region", "other-region"] as const) {
    if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(values[name]))
      throw new WrongArguments(
        `--${name} is ${JSON.stringify(values[name])}, which is no region like eu-west-1`,
      );
  }
  const patience = values.patience ?? (values.aws ? "1800" : "15");
  if (!/^[1-9]\d{0,4}$/.test(patience))
    throw new WrongArguments(`--patience is ${JSON.stringify(patience)}, but must be 1 to 99999 seconds`);
  return {
    aim: {
      region: values.region,
      otherRegion: values["other-region"],
      patienceSeconds: Number(patience),
      ...(values.endpoint === undefined ? {} : { endpoint: urlOf(values.endpoint) }),
      ...(values.role === undefined ? {} : { roleArn: values.role }),
    },
    costly: values.costly,
    only: values.only,
    json: values.json,
    ...(values.differences === undefined ? {} : { differences: values.differences }),
  };
}

function parsed(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        endpoint: { type: "string" },
        aws: { type: "boolean", default: false },
        region: { type: "string", default: "eu-west-1" },
        "other-region": { type: "string", default: "eu-central-1" },
        differences: { type: "string" },
        only: { type: "string", default: "" },
        patience: { type: "string" },
        costly: { type: "boolean", default: false },
        role: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (thrown) {
    // Node's message goes on with hints about how to write positional arguments.
    const [sentence = ""] = thrown instanceof Error ? thrown.message.split(/\. |\n/) : [];
    throw new WrongArguments(`${sentence}; --help tells what there is`);
  }
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && /^\/?$/.test(url.pathname) && !url.search) return url.origin;
  throw new WrongArguments(
    `--endpoint is ${JSON.stringify(text)}, but must be an address like http://127.0.0.1:5000`,
  );
}
