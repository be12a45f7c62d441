import * as z from "zod/mini";

/** A request as an HTTP API hands it to a function (API Gateway developer guide, payload format 2.0): what we read of it. */
export const HttpEvent = z.object({
  /** The route that took it: "GET /v1/sources/{source}". */
  routeKey: z.string(),
  rawPath: z.string(),
  /** Names are in lower case; what is there twice is joined by commas. */
  headers: z.optional(z.record(z.string(), z.string())),
  pathParameters: z.optional(z.record(z.string(), z.string())),
  queryStringParameters: z.optional(z.record(z.string(), z.string())),
  body: z.optional(z.string()),
  isBase64Encoded: z.boolean(),
  requestContext: z.object({
    requestId: z.string(),
    http: z.object({ method: z.string(), sourceIp: z.optional(z.string()) }),
    authorizer: z.optional(
      z.object({
        /** Of routes with IAM authorization: who signed. */
        iam: z.optional(z.nullable(z.object({ userArn: z.optional(z.nullable(z.string())) }))),
        /** Of routes with the JWT authorizer: a list among the claims arrives as "[a b]". */
        jwt: z.optional(z.nullable(z.object({ claims: z.record(z.string(), z.unknown()) }))),
      }),
    ),
  }),
});
export type HttpEvent = z.infer<typeof HttpEvent>;

/** What an HTTP API takes from a function. */
export type HttpAnswer = {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded?: boolean;
};
