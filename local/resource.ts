import { createHash } from "node:crypto";
import type { HttpApis } from "./http-apis.ts";
import type { AccessControl } from "./iam.ts";
import type { Lambda } from "./services/lambda.ts";
import { AwsError, type ServiceName, type Twin } from "./twin.ts";

/** What makers work with: the twin, and the place that a resource is for. */
export type Site = {
  twin: Twin;
  lambda: Lambda;
  /** Learns the roles, their policies and the bucket policies; without it nobody is refused anything. */
  access?: AccessControl;
  /** HTTP APIs, where each region's answers, and who issues the tokens that they take; without them there is none. */
  apis?: HttpApis;
  apiUrls?: Record<string, string>;
  issuer?: string;
  account: string;
  region: string;
  stack: string;
  /** The folder of an asset by its S3 key. */
  assetFolder: (key: string) => string;
  /** The environment that Lambda itself gives a function. */
  runtimeVariables: (functionName: string, region: string, folder: string) => Record<string, string>;
  /** Invokes a custom resource's function and waits for its answer at the response URL. */
  customResource: (functionArn: string, region: string, event: Record<string, unknown>) => Promise<void>;
};

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export type Made = { ref: string; attributes: Record<string, string> };

/** The properties of a resource. */
// biome-ignore lint/suspicious/noExplicitAny: templates are data; each maker reads the properties of its type.
export type Properties = any;
/** Brings a resource into being. */
export type Maker = (site: Site, id: string, properties: Properties, type: string) => Promise<Made>;

/** For what only guards or watches: a name. */
export const nothing: Maker = async (site, id) => ({
  ref: `${site.stack}-${id}`,
  attributes: { Arn: `arn:aws:none:${site.region}:${site.account}:${id}` },
});

/** One call to the twin on behalf of CloudFormation; `unless` names the error of what is there already. */
export async function call(
  { twin, region }: Site,
  service: ServiceName,
  operation: string,
  input: Record<string, unknown>,
  unless?: string,
): Promise<Record<string, never>> {
  try {
    return (await twin.call({ service, region, operation, input, principal: "cloudformation" })) as Record<
      string,
      never
    >;
  } catch (thrown) {
    if (thrown instanceof AwsError && thrown.code === unless) return {};
    throw thrown;
  }
}

/** An id as EC2 gives them, the same for the same resource on each start. */
export function inertId(prefix: string, { stack }: Site, id: string): string {
  return `${prefix}-0${createHash("sha256").update(`${stack}/${id}`).digest("hex").slice(0, 16)}`;
}
