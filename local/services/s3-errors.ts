import { AwsError } from "../twin.ts";

// Codes, statuses and messages: S3 API reference, error responses.

/** The bucket does not exist. */
export const noSuchBucket = (name: string) =>
  new AwsError("NoSuchBucket", "The specified bucket does not exist", 404, { BucketName: name });

/** The object does not exist, or its newest version is a delete marker. */
export const noSuchKey = (key: string, details: Record<string, unknown> = {}) =>
  new AwsError("NoSuchKey", "The specified key does not exist.", 404, { Key: key, ...details });

/** The version does not exist. */
export const noSuchVersion = (key: string, versionId: string) =>
  new AwsError("NoSuchVersion", "The specified version does not exist.", 404, {
    Key: key,
    VersionId: versionId,
  });

/** The multipart upload does not exist, any more or yet. */
export const noSuchUpload = (uploadId: string) =>
  new AwsError(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    404,
    { UploadId: uploadId },
  );

/** A condition of the request does not hold. */
export const preconditionFailed = (condition: string) =>
  new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412, {
    Condition: condition,
  });

/** The request was made in another region than the bucket's. */
export const permanentRedirect = (bucket: { name: string; region: string }) =>
  new AwsError(
    "PermanentRedirect",
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    301,
    {
      Bucket: bucket.name,
      Endpoint: `${bucket.name}.s3.${bucket.region}.amazonaws.com`,
      Region: bucket.region,
    },
  );

/** Object Lock holds the version. */
export const lockedVersion = () =>
  new AwsError("AccessDenied", "Access Denied because object protected by object lock.", 403);

/** A member of the request has a value that S3 does not take. */
export const invalidArgument = (message: string, name?: string, value?: unknown) =>
  new AwsError("InvalidArgument", message, 400, { ArgumentName: name, ArgumentValue: value });

/** A request that makes no sense as a whole. */
export const invalidRequest = (message: string) => new AwsError("InvalidRequest", message, 400);

/** What was received is not what the sender said it would be. */
export const badDigest = (what: string) =>
  new AwsError("BadDigest", `The ${what} you specified did not match what we received.`, 400);
