import type { Statement } from "./iam-policy.ts";
import { inertId, type Maker, nothing } from "./resource.ts";

/** HTTP APIs, and the user pools whose tokens they take: the stand-in's own issuer stands for each of them. */
export const apiMakers: Record<string, Maker> = {
  "AWS::ApiGatewayV2::Api": async (site, id) => {
    const ref = inertId("api", site, id);
    site.apis?.addApi(site.region, ref);
    return {
      ref,
      attributes: { ApiId: ref, ApiEndpoint: site.apiUrls?.[site.region] ?? `https://${ref}.invalid` },
    };
  },
  "AWS::ApiGatewayV2::Integration": async (site, id, { IntegrationUri }) => {
    const ref = inertId("int", site, id);
    site.apis?.addIntegration(ref, IntegrationUri);
    return { ref, attributes: {} };
  },
  "AWS::ApiGatewayV2::Authorizer": async (site, id, { JwtConfiguration }) => {
    const ref = inertId("auth", site, id);
    const { Issuer: issuer, Audience: audience } = JwtConfiguration;
    site.apis?.addAuthorizer(ref, { issuer, audience });
    return { ref, attributes: { AuthorizerId: ref } };
  },
  "AWS::ApiGatewayV2::Route": async (
    site,
    id,
    { RouteKey, AuthorizationType = "NONE", AuthorizerId, Target },
  ) => {
    site.apis?.addRoute(site.region, {
      key: RouteKey,
      integrationId: String(Target).replace("integrations/", ""),
      authorization: AuthorizationType,
      ...(AuthorizerId ? { authorizerId: AuthorizerId } : {}),
    });
    return { ref: id, attributes: { RouteId: id } };
  },
  "AWS::ApiGatewayV2::Stage": nothing,
  "AWS::Cognito::UserPool": async (site, id) => {
    const ref = `${site.region}_${inertId("pool", site, id).slice(-9)}`;
    const ProviderURL = site.issuer ?? `https://cognito-idp.${site.region}.amazonaws.com/${ref}`;
    const Arn = `arn:aws:cognito-idp:${site.region}:${site.account}:userpool/${ref}`;
    return { ref, attributes: { Arn, ProviderURL, ProviderName: ref, UserPoolId: ref } };
  },
  "AWS::Cognito::UserPoolClient": async () => ({
    ref: "holdfast-local",
    attributes: { ClientId: "holdfast-local" },
  }),
  "AWS::Cognito::UserPoolDomain": nothing,
  "AWS::Cognito::UserPoolGroup": nothing,
  "AWS::IAM::ManagedPolicy": async (site, id, { ManagedPolicyName, PolicyDocument }) => {
    site.access?.publish(ManagedPolicyName ?? id, PolicyDocument.Statement as Statement[]);
    return { ref: `arn:aws:iam::${site.account}:policy/${ManagedPolicyName ?? id}`, attributes: {} };
  },
};
