import { AwsError, type Operation, type Service, type Twin } from "../twin.ts";
import { newId } from "./ids.ts";
import { bytesOf, newPrivateKey, publicKeyOf, signingSpecs, signWith, verifiesWith } from "./kms-signing.ts";

type Key = {
  id: string;
  region: string;
  description: string;
  managedByAws: boolean;
  createdAt: number;
  /** Of a key that signs: what it is, and the private key as PEM. */
  signing?: { spec: string; pem: string };
};

/**
 * KMS: keys and aliases, so that others can tell one key from another. Nothing is really encrypted; keys that sign
 * really sign. The aliases `alias/aws/<service>` come into being when they are first asked for, as in an account.
 */
export function kmsService(twin: Twin): Service {
  const keys = new Map<string, Key>();
  const aliases = new Map<string, string>();

  const arnOf = ({ region, id }: Key) => `arn:aws:kms:${region}:${twin.account}:key/${id}`;
  const create = (region: string, description: string, managedByAws: boolean, spec?: string): Key => {
    const signing = spec ? { signing: { spec, pem: newPrivateKey(spec) } } : {};
    const key = { id: newId(), region, description, managedByAws, createdAt: twin.clock.now(), ...signing };
    keys.set(arnOf(key), key);
    return key;
  };
  const resolve = (given: string, callRegion: string): Key => {
    const parts = /^arn:aws:kms:([^:]+):\d+:(.+)$/.exec(given);
    const region = parts?.[1] ?? callRegion;
    const name = parts?.[2] ?? given;
    if (name.startsWith("alias/aws/") && !aliases.has(`${region}/${name}`)) {
      aliases.set(`${region}/${name}`, arnOf(create(region, `Default key for ${name.slice(10)}`, true)));
    }
    const arn = name.startsWith("alias/")
      ? aliases.get(`${region}/${name}`)
      : `arn:aws:kms:${region}:${twin.account}:key/${name.replace(/^key\//, "")}`;
    const key = keys.get(arn ?? "");
    if (key) return key;
    const full = name.startsWith("alias/") ? `arn:aws:kms:${region}:${twin.account}:${name}` : arn;
    throw new AwsError(
      "NotFoundException",
      `${name.startsWith("alias/") ? "Alias" : "Key"} ${full} is not found.`,
    );
  };
  const metadata = (key: Key) => ({
    KeyId: key.id,
    Arn: arnOf(key),
    AWSAccountId: twin.account,
    CreationDate: new Date(key.createdAt),
    Description: key.description,
    Enabled: true,
    KeyState: "Enabled",
    KeyUsage: key.signing ? "SIGN_VERIFY" : "ENCRYPT_DECRYPT",
    KeySpec: key.signing?.spec ?? "SYMMETRIC_DEFAULT",
    ...(key.signing ? { SigningAlgorithms: signingSpecs[key.signing.spec] } : {}),
    KeyManager: key.managedByAws ? "AWS" : "CUSTOMER",
    MultiRegion: false,
  });

  /** The key of a Sign, Verify or GetPublicKey call, and that it can do what is asked of it. */
  const signer = (KeyId: unknown, region: string, algorithm?: unknown) => {
    const key = resolve(String(KeyId), region);
    if (!key.signing)
      throw new AwsError("InvalidKeyUsageException", `${arnOf(key)} key usage is ENCRYPT_DECRYPT.`);
    if (algorithm !== undefined && !signingSpecs[key.signing.spec]?.includes(String(algorithm)))
      throw new AwsError(
        "InvalidKeyUsageException",
        `Algorithm ${algorithm} is incompatible with key spec ${key.signing.spec}.`,
      );
    return { key, ...key.signing };
  };

  const operations: Record<string, Operation> = {
    CreateKey({ Description = "", KeySpec = "SYMMETRIC_DEFAULT", KeyUsage = "ENCRYPT_DECRYPT" }, call) {
      const signs = KeyUsage === "SIGN_VERIFY";
      if (signs ? !signingSpecs[KeySpec] : `${KeyUsage} ${KeySpec}` !== "ENCRYPT_DECRYPT SYMMETRIC_DEFAULT")
        throw new AwsError("NotEmulated", `not emulated: a key of ${KeySpec} for ${KeyUsage}`, 501);
      return { KeyMetadata: metadata(create(call.region, Description, false, signs ? KeySpec : undefined)) };
    },
    GetPublicKey({ KeyId }, call) {
      const { key, spec, pem } = signer(KeyId, call.region);
      const SigningAlgorithms = signingSpecs[spec];
      const about = { KeyId: arnOf(key), KeySpec: spec, KeyUsage: "SIGN_VERIFY", SigningAlgorithms };
      return { ...about, PublicKey: publicKeyOf(pem) };
    },
    Sign(input, call) {
      const { key, pem } = signer(input.KeyId, call.region, input.SigningAlgorithm ?? "");
      const { SigningAlgorithm } = input;
      return { KeyId: arnOf(key), Signature: signWith(pem, input), SigningAlgorithm };
    },
    Verify(input, call) {
      const { key, pem } = signer(input.KeyId, call.region, input.SigningAlgorithm ?? "");
      if (!verifiesWith(pem, input, bytesOf(input.Signature, "Signature")))
        throw new AwsError("KMSInvalidSignatureException", "The signature is not valid.");
      return { KeyId: arnOf(key), SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
    },
    DescribeKey: ({ KeyId }, call) => ({ KeyMetadata: metadata(resolve(String(KeyId), call.region)) }),
    CreateAlias({ AliasName, TargetKeyId }, call) {
      aliases.set(`${call.region}/${AliasName}`, arnOf(resolve(TargetKeyId, call.region)));
      return {};
    },
    ListAliases(_input, call) {
      const here = [...aliases].filter(([name]) => name.startsWith(`${call.region}/`));
      const Aliases = here.map(([regional, arn]) => {
        const AliasName = regional.slice(call.region.length + 1);
        const AliasArn = `arn:aws:kms:${call.region}:${twin.account}:${AliasName}`;
        return { AliasName, AliasArn, TargetKeyId: keys.get(arn)?.id };
      });
      return { Aliases, Truncated: false };
    },
    ListKeys(_input, call) {
      const here = [...keys.values()].filter(({ region }) => region === call.region);
      return { Keys: here.map((key) => ({ KeyId: key.id, KeyArn: arnOf(key) })), Truncated: false };
    },
  };
  return {
    name: "kms",
    operations,
    save: () => ({ keys: [...keys], aliases: [...aliases] }),
    load(state) {
      const saved = state as { keys: [string, Key][]; aliases: [string, string][] };
      for (const [arn, key] of saved.keys) keys.set(arn, key);
      for (const [name, arn] of saved.aliases) aliases.set(name, arn);
    },
  };
}

/**
 * The ARN of the key that a key id, key ARN, alias name or alias ARN names, as seen from a region. Throws
 * `AwsError` NotFoundException where there is none. Without a KMS service in the twin, what was given comes back.
 */
export function keyArn(twin: Twin, region: string, given: string): string {
  const kms = twin.service("kms");
  if (!kms) return given;
  const call = { service: "kms", region, operation: "DescribeKey", input: {}, principal: "aws" } as const;
  const answer = kms.operations.DescribeKey?.({ KeyId: given }, call) as { KeyMetadata: { Arn: string } };
  return answer.KeyMetadata.Arn;
}
