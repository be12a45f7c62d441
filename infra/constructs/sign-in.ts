import { RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import {
  AccountRecovery,
  CfnUserPoolGroup,
  FeaturePlan,
  Mfa,
  OAuthScope,
  UserPool,
} from "aws-cdk-lib/aws-cognito";
import type { Construct } from "constructs";
import { roles } from "../../functions/core/api/route.ts";
import type { Environment, SignIn } from "../../functions/core/environment.ts";
import { apiName, signInDomain } from "../../functions/core/names.ts";

/**
 * Whose tokens the API at `url` takes: those of the issuer that the environment names, or of a user pool of this region.
 * Each region has its own: a region that is lost must not take the other's sign-in with it.
 */
export function addSignIn(scope: Construct, environment: Environment, url: string): SignIn {
  if (environment.signIn) return environment.signIn;
  const locked = environment.profile === "protected";
  const pool = new UserPool(scope, "People", {
    userPoolName: apiName(environment),
    // Whoever may ask for restores is invited by somebody.
    selfSignUpEnabled: false,
    signInAliases: { email: true },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    mfa: Mfa.REQUIRED,
    mfaSecondFactor: { sms: false, otp: true },
    passwordPolicy: {
      minLength: 14,
      requireDigits: true,
      requireLowercase: true,
      requireUppercase: true,
      requireSymbols: true,
    },
    featurePlan: FeaturePlan.ESSENTIALS,
    deletionProtection: locked,
    removalPolicy: locked ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  for (const id of ["AwsSolutions-COG3", "AwsSolutions-COG8"])
    Validations.of(pool).acknowledge({
      id,
      reason: "Threat protection costs for each user; who wants it brings an issuer that has it (signIn).",
    });
  for (const [index, role] of roles.toReversed().entries())
    new CfnUserPoolGroup(scope, `Group-${role}`, {
      userPoolId: pool.userPoolId,
      groupName: role,
      precedence: index,
    });
  pool.addDomain("Domain", { cognitoDomain: { domainPrefix: signInDomain(environment) } });
  const client = pool.addClient("Console", {
    generateSecret: false,
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
      callbackUrls: [`${url}/signed-in`],
      logoutUrls: [`${url}/`],
    },
    preventUserExistenceErrors: true,
  });
  return {
    issuer: pool.userPoolProviderUrl,
    audience: client.userPoolClientId,
    rolesClaim: "cognito:groups",
    clientId: client.userPoolClientId,
    scope: "openid email",
    origins: [`https://${signInDomain(environment)}.auth.${Stack.of(scope).region}.amazoncognito.com`],
  };
}
