import { needsOf } from "./iam-needs.ts";
import { evaluate, type Need, type Statement } from "./iam-policy.ts";
import { AwsError, type Call, type Interceptor, type Twin } from "./twin.ts";

/**
 * Access control for the functions of an assembly: their roles' policies, and what bucket policies deny. It finds a
 * missing right without an AWS account, and keeps who used which right, so that a test can compare that with what
 * is granted. Everybody else (a person's key, an AWS service) is unrestricted: queue, topic and key policies are
 * not evaluated.
 */
export class AccessControl {
  readonly #twin: Twin;
  readonly #roles = new Map<string, Statement[]>();
  readonly #buckets = new Map<string, Statement[]>();
  readonly #functions = new Map<string, string>();
  readonly #policies = new Map<string, Statement[]>();
  readonly #users = new Map<string, string[]>();
  readonly #secrets = new Map<string, string>();
  /** By function (`<name>@<region>`): the rights it used, as `<action> <resource>`. */
  readonly used = new Map<string, Set<string>>();
  /** Every refusal, in one sentence each. */
  readonly refusals: string[] = [];

  constructor(twin: Twin) {
    this.#twin = twin;
  }

  /** Adds statements to a role, by its name. */
  grant(role: string, statements: readonly Statement[]): void {
    this.#roles.set(role, [...(this.#roles.get(role) ?? []), ...statements]);
  }

  /** Sets a bucket's policy. */
  guard(bucket: string, statements: readonly Statement[]): void {
    this.#buckets.set(bucket, [...statements]);
  }

  /** Says in which role a function runs. Its principal is `<name>@<region>`. */
  assume(principal: string, roleArn: string): void {
    this.#functions.set(principal, roleArn);
  }

  /** Keeps a managed policy, by its name. */
  publish(policy: string, statements: readonly Statement[]): void {
    this.#policies.set(policy, [...statements]);
  }

  /** Makes an access key that of a user with these managed policies and no other right. */
  attach(principal: string, policies: readonly string[]): void {
    this.#users.set(principal, [...policies]);
  }

  /** Gives somebody the secret of their access key. */
  issue(accessKey: string, secret: string): void {
    this.#secrets.set(accessKey, secret);
  }

  /** The secret of an access key, if there is such a key. */
  secretOf(accessKey: string): string | undefined {
    return this.#secrets.get(accessKey);
  }

  /** Whether a principal may do something that is no call of a service here. Who has neither role nor policies may all. */
  permits(principal: string, need: Need): boolean {
    const role = this.#roleOf(principal);
    const policies = this.#users.get(principal);
    if (role) return evaluate(this.#roles.get(role.split("/").at(-1) ?? "") ?? [], need) === "allowed";
    if (!policies) return true;
    return (
      evaluate(
        policies.flatMap((one) => this.#policies.get(one) ?? []),
        need,
      ) === "allowed"
    );
  }

  readonly interceptor: Interceptor = async (call, proceed) => {
    const roleArn = this.#roleOf(call.principal);
    if (!roleArn) return proceed();
    for (const need of await needsOf(this.#twin, call)) this.#check(call, roleArn, need);
    try {
      return await proceed();
    } catch (thrown) {
      // Whoever may not list a bucket is not told that a key is not there (S3 API reference, GetObject).
      if (
        call.service === "s3" &&
        thrown instanceof AwsError &&
        thrown.httpStatus === 404 &&
        call.input.Key
      ) {
        this.#check(call, roleArn, {
          action: "s3:ListBucket",
          resource: `arn:aws:s3:::${call.input.Bucket}`,
          context: {},
        });
      }
      throw thrown;
    }
  };

  /** The role of a function; Scheduler calls in a role itself. */
  #roleOf(principal: string): string | undefined {
    return this.#functions.get(principal) ?? (principal.startsWith("arn:aws:iam::") ? principal : undefined);
  }

  #check(call: Call, roleArn: string, need: Need): void {
    const common = { "aws:PrincipalArn": roleArn, "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
    const asked = { ...need, context: { ...common, ...need.context } };
    const own = evaluate(this.#roles.get(roleArn.split("/").at(-1) ?? "") ?? [], asked);
    const bucket = /^arn:aws:s3:::([^/]+)/.exec(need.resource)?.[1];
    const guarded = (this.#buckets.get(bucket ?? "") ?? []).filter(({ Effect }) => Effect === "Deny");
    if (own === "allowed" && evaluate(guarded, asked) !== "denied") {
      const used = this.used.get(call.principal) ?? new Set();
      this.used.set(call.principal, used.add(`${need.action} ${need.resource}`));
      return;
    }
    const why =
      own === "allowed"
        ? "with an explicit deny in a resource-based policy"
        : own === "denied"
          ? "with an explicit deny in an identity-based policy"
          : `because no identity-based policy allows the ${need.action} action`;
    const message = `User: ${roleArn} is not authorized to perform: ${need.action} on resource: ${need.resource} ${why}`;
    this.refusals.push(`${call.principal} ${call.service}:${call.operation}: ${message}`);
    throw denied(call, message);
  }
}

/** A refusal as the service words it. */
function denied({ service }: Call, message: string): AwsError {
  switch (service) {
    case "s3":
      return new AwsError("AccessDenied", message, 403);
    case "rds":
      return new AwsError("AccessDenied", message, 403);
    case "sns":
      return new AwsError("AuthorizationErrorException", message, 403);
    case "sqs":
    case "lambda":
      return new AwsError("AccessDeniedException", message, 403);
    default:
      return new AwsError("AccessDeniedException", message, 400);
  }
}
