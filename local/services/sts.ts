import type { Service, Twin } from "../twin.ts";

/** STS: who calls. A Lambda function's principal is `<function>@<region>`; anything else is a person's key. */
export function stsService(twin: Twin): Service {
  return {
    name: "sts",
    operations: {
      GetCallerIdentity(_input, { principal }) {
        const [name, region] = principal.split("@");
        const Arn = region
          ? `arn:aws:sts::${twin.account}:assumed-role/${name}-${region}/${name}`
          : `arn:aws:iam::${twin.account}:user/${name}`;
        return { Account: twin.account, Arn, UserId: principal };
      },
    },
  };
}
