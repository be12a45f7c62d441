import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import {
  GetDurableExecutionCommand,
  InvokeCommand,
  ListDurableExecutionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { matches, refused, same } from "./expect.ts";
import type { Case } from "./place.ts";

/** Who calls, keys, and functions that are not there: one or two calls of services of which we need little. */
export const identityCases: Case[] = [
  {
    name: "STS: whoever calls is told the account, its ARN and its id",
    async run(place) {
      const me = await place.here.sts.send(new GetCallerIdentityCommand({}));
      matches("the account", me.Account, /^\d{12}$/);
      matches("the ARN", me.Arn, new RegExp(`^arn:aws:(iam|sts)::${me.Account}:`));
      matches("the id", me.UserId, /./);
    },
  },
  {
    name: "KMS: the key behind AWS's own alias of RDS is found, by alias and by ARN",
    async run(place) {
      const { kms, region } = place.here;
      const read = (KeyId: string) => kms.send(new DescribeKeyCommand({ KeyId }));
      const { KeyMetadata: key } = await read("alias/aws/rds");
      matches(
        "its ARN",
        key?.Arn,
        new RegExp(`^arn:aws:kms:${region}:${await place.account()}:key/[0-9a-f-]{36}$`),
      );
      same("who manages it", key?.KeyManager, "AWS");
      same("its state", key?.KeyState, "Enabled");
      same("the key read by its ARN", (await read(key?.Arn ?? "")).KeyMetadata?.KeyId, key?.KeyId);
    },
  },
  {
    name: "KMS: a key or alias that does not exist is NotFoundException",
    async run(place) {
      const read = (KeyId: string) => place.here.kms.send(new DescribeKeyCommand({ KeyId }));
      const error = { name: /^NotFoundException$/, status: 400 };
      await refused("an alias", read(`alias/${place.name("none")}`), error);
      await refused("a key", read("12345678-1234-1234-1234-123456789012"), error);
    },
  },
  {
    name: "Lambda: invoking a function that does not exist is ResourceNotFoundException",
    async run(place) {
      const call = place.here.lambda.send(new InvokeCommand({ FunctionName: place.name("none") }));
      await refused("the call", call, { name: /^ResourceNotFoundException$/, status: 404 });
    },
  },
  {
    name: "Lambda: a durable execution that does not exist is ResourceNotFoundException, and so is its function",
    async run(place) {
      const { lambda, region } = place.here;
      const FunctionName = place.name("none");
      const ofFunction = `arn:aws:lambda:${region}:${await place.account()}:function:${FunctionName}:1`;
      const DurableExecutionArn = `${ofFunction}/durable-execution/none/12345678-1234-1234-1234-123456789012`;
      const error = { name: /^ResourceNotFoundException$/, status: 404 };
      const read = lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
      await refused("reading it", read, error);
      const list = lambda.send(new ListDurableExecutionsByFunctionCommand({ FunctionName }));
      await refused("listing", list, error);
    },
  },
];
