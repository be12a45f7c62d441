import { randomBytes, randomInt } from "node:crypto";
import { AwsError, type Operation, type Service, type Twin } from "../twin.ts";
import { newId } from "./ids.ts";

type Version = { id: string; text?: string; base64?: string; stages: string[]; createdMs: number };

type Secret = {
  region: string;
  name: string;
  arn: string;
  description?: string;
  kmsKeyId?: string;
  tags: { Key: string; Value: string }[];
  createdMs: number;
  changedMs: number;
  /** When it was marked for deletion, and when it goes. */
  deletedMs?: number;
  endsMs?: number;
  versions: Version[];
};

// biome-ignore lint/suspicious/noExplicitAny: each operation narrows its own input.
type Input = any;

/** Secrets Manager: secrets with their versions. Nothing is really encrypted, and nothing rotates. */
export function secretsService(twin: Twin): Service {
  const secrets = new Map<string, Secret>();
  const now = () => twin.clock.now();

  const gone = ({ endsMs }: Secret) => endsMs !== undefined && endsMs <= now();
  const named = (region: string, given: string): Secret | undefined => {
    for (const one of secrets.values()) {
      // Without its six random characters an ARN names the secret too (API reference, SecretId).
      const named = one.name === given || one.arn === given || one.arn.slice(0, -7) === given;
      if (named && (one.region === region || given === one.arn) && !gone(one)) return one;
    }
    return undefined;
  };
  const find = (region: string, given: unknown): Secret => {
    const found = named(region, String(given));
    if (found?.region === region) return found;
    throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  };
  const usable = (region: string, given: unknown): Secret => {
    const secret = find(region, given);
    if (secret.deletedMs === undefined) return secret;
    throw new AwsError(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  };
  const versionOf = (secret: Secret, { VersionId, VersionStage }: Input): Version => {
    const stage = VersionStage ?? (VersionId ? undefined : "AWSCURRENT");
    const found = secret.versions.find(
      ({ id, stages }) => (!VersionId || id === VersionId) && (!stage || stages.includes(stage)),
    );
    if (found) return found;
    const which = VersionId ? `VersionId: ${VersionId}` : `staging label: ${stage}`;
    throw new AwsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${which}`,
    );
  };

  /** Adds a version. The same token with the same value is the same request again. */
  const put = (secret: Secret, input: Input): Version => {
    const { SecretString: text, SecretBinary: bytes, ClientRequestToken: id = newId() } = input;
    if ((text === undefined) === (bytes === undefined))
      throw new AwsError("InvalidParameterException", "Give either SecretString or SecretBinary.");
    const base64 =
      bytes === undefined || typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("base64");
    const there = secret.versions.find((one) => one.id === id);
    if (there && there.text === text && there.base64 === base64) return there;
    if (there)
      throw new AwsError(
        "ResourceExistsException",
        "You can't use ClientRequestToken for another value: that version exists.",
      );
    const stages: string[] = input.VersionStages ?? ["AWSCURRENT"];
    const current = secret.versions.find((one) => one.stages.includes("AWSCURRENT"));
    for (const one of secret.versions) {
      one.stages = one.stages.filter((stage) => !stages.includes(stage));
      if (stages.includes("AWSCURRENT")) one.stages = one.stages.filter((stage) => stage !== "AWSPREVIOUS");
    }
    if (stages.includes("AWSCURRENT")) current?.stages.push("AWSPREVIOUS");
    const value = text === undefined ? { base64 } : { text };
    const version: Version = { id, ...value, stages: [...stages], createdMs: now() };
    secret.versions = [...secret.versions.filter((one) => one.stages.length > 0), version];
    secret.changedMs = now();
    return version;
  };
  const names = ({ arn, name }: Secret) => ({ ARN: arn, Name: name });
  const stagesOf = ({ versions }: Secret) =>
    Object.fromEntries(versions.map(({ id, stages }) => [id, stages]));
  const about = (secret: Secret) => ({
    ...names(secret),
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    Tags: secret.tags,
    CreatedDate: new Date(secret.createdMs),
    LastChangedDate: new Date(secret.changedMs),
    ...(secret.deletedMs === undefined ? {} : { DeletedDate: new Date(secret.deletedMs) }),
  });

  const operations: Record<string, Operation> = {
    CreateSecret(input, { region }) {
      const there = named(region, input.Name);
      if (there?.deletedMs !== undefined)
        throw new AwsError(
          "InvalidRequestException",
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        );
      if (there && there.versions[0]?.id !== input.ClientRequestToken)
        throw new AwsError(
          "ResourceExistsException",
          `The operation failed because the secret ${input.Name} already exists.`,
        );
      const arn = `arn:aws:secretsmanager:${region}:${twin.account}:secret:${input.Name}-${randomBytes(3).toString("hex")}`;
      const secret: Secret = there ?? {
        ...{ region, name: input.Name, arn, tags: input.Tags ?? [], versions: [] },
        ...{ createdMs: now(), changedMs: now() },
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
      };
      // A secret may be made first and be given its value later.
      const empty = input.SecretString === undefined && input.SecretBinary === undefined;
      const version = empty ? undefined : put(secret, input);
      secrets.set(secret.arn, secret);
      return { ...names(secret), ...(version ? { VersionId: version.id } : {}) };
    },
    PutSecretValue(input, { region }) {
      const secret = usable(region, input.SecretId);
      const { id, stages } = put(secret, input);
      return { ...names(secret), VersionId: id, VersionStages: stages };
    },
    GetSecretValue(input, { region }) {
      const secret = usable(region, input.SecretId);
      const { id, text, base64, stages, createdMs } = versionOf(secret, input);
      const value =
        text === undefined ? { SecretBinary: Buffer.from(base64 ?? "", "base64") } : { SecretString: text };
      const version = { VersionId: id, VersionStages: stages, CreatedDate: new Date(createdMs) };
      return { ...names(secret), ...version, ...value };
    },
    DescribeSecret(input, { region }) {
      const secret = find(region, input.SecretId);
      return { ...about(secret), VersionIdsToStages: stagesOf(secret) };
    },
    DeleteSecret({ SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }, { region }) {
      const given = named(region, String(SecretId));
      // AWS answers a forced deletion of what is not there as if it had been.
      if (!given && ForceDeleteWithoutRecovery === true)
        return { Name: SecretId, DeletionDate: new Date(now()) };
      const secret = usable(region, SecretId);
      if (ForceDeleteWithoutRecovery === true && RecoveryWindowInDays !== undefined)
        throw new AwsError(
          "InvalidParameterException",
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        );
      const days = Number(RecoveryWindowInDays ?? 30);
      if (!(days >= 7 && days <= 30))
        throw new AwsError("InvalidParameterException", "RecoveryWindowInDays must be from 7 to 30.");
      secret.deletedMs = now();
      secret.endsMs = now() + (ForceDeleteWithoutRecovery === true ? 0 : days * 86_400_000);
      return { ...names(secret), DeletionDate: new Date(secret.endsMs) };
    },
    ListSecrets({ MaxResults = 100, NextToken, Filters = [], IncludePlannedDeletion }, { region }) {
      const matches = (secret: Secret) =>
        (Filters as { Key: string; Values: string[] }[]).every(({ Key, Values }) => {
          if (Key === "name") return Values.some((value) => secret.name.startsWith(value));
          if (Key === "tag-key") return secret.tags.some((tag) => Values.includes(tag.Key));
          throw new AwsError("NotEmulated", `not emulated: ListSecrets with the filter ${Key}`, 501);
        });
      const all = [...secrets.values()].filter(
        (one) =>
          one.region === region &&
          !gone(one) &&
          (IncludePlannedDeletion === true || one.deletedMs === undefined) &&
          matches(one),
      );
      const start = Number(NextToken ?? 0);
      const end = start + Number(MaxResults);
      const SecretList = all
        .slice(start, end)
        .map((one) => ({ ...about(one), SecretVersionsToStages: stagesOf(one) }));
      return { SecretList, ...(end < all.length ? { NextToken: String(end) } : {}) };
    },
    GetRandomPassword: (input) => ({ RandomPassword: randomPassword(input) }),
  };
  return {
    name: "secretsmanager",
    operations,
    save: () => [...secrets],
    load(saved) {
      for (const [arn, secret] of saved as [string, Secret][]) secrets.set(arn, secret);
    },
  };
}

function randomPassword(input: Input): string {
  const kinds: [string, unknown][] = [
    ["abcdefghijklmnopqrstuvwxyz", input.ExcludeLowercase],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", input.ExcludeUppercase],
    ["0123456789", input.ExcludeNumbers],
    ["!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", input.ExcludePunctuation],
    [" ", input.IncludeSpace !== true],
  ];
  const excluded = new Set(String(input.ExcludeCharacters ?? ""));
  const allowed = kinds
    .filter(([, without]) => without !== true)
    .map(([characters]) => [...characters].filter((one) => !excluded.has(one)))
    .filter((characters) => characters.length > 0);
  const length = Number(input.PasswordLength ?? 32);
  const all = allowed.flat();
  if (all.length === 0) throw new AwsError("InvalidParameterException", "No characters are left.");
  const pick = (from: string[]) => from[randomInt(from.length)] ?? "";
  for (;;) {
    const password = Array.from({ length }, () => pick(all));
    const each = allowed.every((kind) => password.some((one) => kind.includes(one)));
    // Each kind is in it unless that is not asked for, or there is no room.
    if (each || input.RequireEachIncludedType === false || length < allowed.length) return password.join("");
  }
}
