import { CfnOutput, Fn, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { CfnApi, CfnAuthorizer, CfnIntegration, CfnRoute, CfnStage } from "aws-cdk-lib/aws-apigatewayv2";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { routeKey } from "../../functions/core/api/paths.ts";
import { type Operation, routes } from "../../functions/core/api/routes.ts";
import type { Environment, SignIn } from "../../functions/core/environment.ts";
import { apiName } from "../../functions/core/names.ts";
import { regionalArn } from "./arns.ts";
import { addRolePolicies } from "./role-policies.ts";
import { addSignIn } from "./sign-in.ts";
import type { Task } from "./task.ts";

/** Routes that anybody may take: a code or nothing secret is all they deal with. By the name of the route, why. */
const openRoutes: Record<string, string> = {
  "GET /v1/openapi.json": "What the API is like is in its repository too.",
  "GET /ack": "The reader of an SMS types its code here.",
  "GET /ack/{code}": "The code of a message is what lets its reader acknowledge it.",
  "POST /ack": "As above; without the right code it changes nothing.",
  "POST /ack/{code}": "As above; without the right code it changes nothing.",
  "GET /": "The console's files hold nothing but its code.",
  "GET /{file+}": "The console's files hold nothing but its code.",
};

/** Requests a second, and at once, that the whole API takes; and of those that guess codes. */
const throttling = { throttlingRateLimit: 50, throttlingBurstLimit: 100 };
const guessing = { throttlingRateLimit: 2, throttlingBurstLimit: 10 };

/**
 * One region's HTTP API: each route of the table under both prefixes, each with the authorizer of its prefix, so that API
 * Gateway has checked who asks before any code of ours runs.
 */
export class Api extends Construct {
  /** Where it answers: `https://…`, without a slash at the end. */
  readonly url: string;
  /** Whose tokens it takes. */
  readonly signIn: SignIn;
  readonly #api: CfnApi;
  readonly #environment: Environment;

  constructor(scope: Construct, id: string, { environment }: { environment: Environment }) {
    super(scope, id);
    this.#environment = environment;
    this.#api = new CfnApi(this, "Api", {
      name: apiName(environment),
      protocolType: "HTTP",
      description: `Holdfast ${environment.name}: what is protected, and what can be done about it`,
    });
    this.url = Fn.getAtt(this.#api.logicalId, "ApiEndpoint").toString();
    this.signIn = addSignIn(this, environment, this.url);
    new CfnOutput(Stack.of(this), "ApiUrl", {
      value: this.url,
      description: "The console, and HOLDFAST_API_URL of the command",
    });
    addRolePolicies(this, environment, this.#api);
  }

  /** Has a function answer every request. */
  serveBy(task: Task): void {
    const { region } = Stack.of(this);
    task.function.addPermission("Api", {
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: regionalArn(this.#environment, "execute-api", region, `${this.#api.ref}/*`),
    });
    const integration = new CfnIntegration(this, "Function", {
      apiId: this.#api.ref,
      integrationType: "AWS_PROXY",
      integrationUri: task.function.functionArn,
      payloadFormatVersion: "2.0",
      timeoutInMillis: 30_000,
    });
    const tokens = new CfnAuthorizer(this, "Tokens", {
      apiId: this.#api.ref,
      authorizerType: "JWT",
      name: "tokens",
      identitySource: ["$request.header.Authorization"],
      jwtConfiguration: { issuer: this.signIn.issuer, audience: [this.signIn.audience] },
    });
    const all: CfnRoute[] = [];
    const add = (key: string, authorization: Partial<ConstructorParameters<typeof CfnRoute>[2]>) => {
      const route = new CfnRoute(this, `Route ${key}`, {
        apiId: this.#api.ref,
        routeKey: key,
        target: `integrations/${integration.ref}`,
        ...authorization,
      });
      all.push(route);
      return route;
    };
    for (const operation of Object.keys(routes) as Operation[]) {
      add(routeKey(operation, "iam"), { authorizationType: "AWS_IAM" });
      add(routeKey(operation, "token"), { authorizationType: "JWT", authorizerId: tokens.ref });
    }
    for (const [key, reason] of Object.entries(openRoutes))
      Validations.of(add(key, { authorizationType: "NONE" })).acknowledge({
        id: "AwsSolutions-APIG4",
        reason,
      });
    this.#addStage(all);
  }

  #addStage(all: CfnRoute[]): void {
    const locked = this.#environment.profile === "protected";
    const log = new LogGroup(this, "AccessLog", {
      logGroupName: `/holdfast/${this.#environment.name}/api`,
      retention: locked ? RetentionDays.ONE_YEAR : RetentionDays.ONE_MONTH,
      removalPolicy: locked ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const stage = new CfnStage(this, "Stage", {
      apiId: this.#api.ref,
      stageName: "$default",
      autoDeploy: true,
      defaultRouteSettings: throttling,
      routeSettings: Object.fromEntries(
        Object.keys(openRoutes)
          .filter((key) => key.includes("/ack"))
          .map((key) => [
            key,
            {
              ThrottlingRateLimit: guessing.throttlingRateLimit,
              ThrottlingBurstLimit: guessing.throttlingBurstLimit,
            },
          ]),
      ),
      accessLogSettings: { destinationArn: log.logGroupArn, format: JSON.stringify(accessLog) },
    });
    // Settings of a route are refused while there is no such route.
    for (const route of all) stage.addResourceDependency(route);
  }
}

/** What the access log has of each request: who, what, how it ended. No header and no query, where secrets might be. */
const accessLog = {
  requestId: "$context.requestId",
  at: "$context.requestTime",
  address: "$context.identity.sourceIp",
  route: "$context.routeKey",
  status: "$context.status",
  milliseconds: "$context.responseLatency",
  arn: "$context.identity.userArn",
  subject: "$context.authorizer.claims.sub",
  error: "$context.error.message",
};
