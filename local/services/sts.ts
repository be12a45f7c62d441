import type { Service, Twin } from "../twin.ts";

/** STS: who calls. A Lambda function's principal is `<function>@<region>`; anything else is a person's key. */
export function stsService(twin: Twin): Service {
  return {
    name: "sts",
    operations: {
      GetCallerIdentity(_input, { principal }) {
        return { Account: twin.account, Arn: principalArn(twin.account, principal), UserId: principal };
      },
    },
  };
}

/** The ARN of who has an access key. */
export function principalArn(account: string, principal: string): string {
  const [name, region] = principal.split("@");
  return region
    ? `arn:aws:sts::${account}:assumed-role/${name}-${region}/${name}`
    : `arn:aws:iam::${account}:user/${name}`;
}
