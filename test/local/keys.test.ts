import { createHash, createPublicKey, verify } from "node:crypto";
import {
  CreateKeyCommand,
  GetPublicKeyCommand,
  type KeySpec,
  KMSClient,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realClock } from "../../local/clock.ts";
import { type Serving, serve } from "../../local/server.ts";
import { kmsService } from "../../local/services/kms.ts";
import { secretsService } from "../../local/services/secrets.ts";
import { Twin } from "../../local/twin.ts";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const twin = new Twin({ clock: realClock });
let serving: Serving;
let kms: KMSClient;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  for (const service of [kmsService(twin), secretsService(twin)]) twin.register(service);
  serving = await serve(twin);
  const at = { region: "eu-west-1", endpoint: serving.url, credentials };
  kms = new KMSClient(at);
  secrets = new SecretsManagerClient(at);
});

afterAll(() => serving.close());

async function newKey(KeySpec: KeySpec): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage: "SIGN_VERIFY" }));
  expect(KeyMetadata).toMatchObject({ KeySpec, KeyUsage: "SIGN_VERIFY" });
  return KeyMetadata?.Arn ?? "";
}

const message = Buffer.from("the certificate of a drill");
const sha256 = createHash("sha256").update(message).digest();

describe.each<[KeySpec, SigningAlgorithmSpec]>([
  ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"],
])("a key of %s", (KeySpec, SigningAlgorithm) => {
  test("signs messages and digests so that anybody with the public key can verify them offline", async () => {
    const KeyId = await newKey(KeySpec);
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
    for (const how of [
      { Message: message, MessageType: "RAW" },
      { Message: sha256, MessageType: "DIGEST" },
    ] as const) {
      const { Signature = new Uint8Array() } = await kms.send(
        new SignCommand({ KeyId, SigningAlgorithm, ...how }),
      );
      expect(verify("sha256", message, key, Signature)).toBe(true);
      expect(verify("sha256", Buffer.from("another"), key, Signature)).toBe(false);
    }
  });

  test("verifies its own signatures, and refuses changed ones by AWS's name", async () => {
    const KeyId = await newKey(KeySpec);
    const digest = { KeyId, SigningAlgorithm, Message: sha256, MessageType: "DIGEST" as const };
    const { Signature } = await kms.send(new SignCommand(digest));
    expect(await kms.send(new VerifyCommand({ ...digest, Signature }))).toMatchObject({
      SignatureValid: true,
    });
    const Message = createHash("sha256").update("another").digest();
    await expect(kms.send(new VerifyCommand({ ...digest, Message, Signature }))).rejects.toMatchObject({
      name: "KMSInvalidSignatureException",
    });
  });
});

test("a key keeps its pair over a restart, and a key for encryption does not sign", async () => {
  const KeyId = await newKey("ECC_NIST_P256");
  const input = { KeyId, SigningAlgorithm: "ECDSA_SHA_256", Message: message } as const;
  const { Signature } = await kms.send(new SignCommand(input));
  const again = new Twin({ clock: realClock });
  const restarted = kmsService(again);
  restarted.load?.(JSON.parse(JSON.stringify(twin.service("kms")?.save?.())));
  again.register(restarted);
  const call = { service: "kms", region: "eu-west-1", principal: "test" } as const;
  expect(await again.call({ ...call, operation: "Verify", input: { ...input, Signature } })).toMatchObject({
    SignatureValid: true,
  });

  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await expect(kms.send(new SignCommand({ ...input, KeyId: KeyMetadata?.Arn }))).rejects.toMatchObject({
    name: "InvalidKeyUsageException",
  });
});

describe("a secret", () => {
  test("has a current and a previous value, and says which version is which", async () => {
    const Name = "orders/login";
    const { ARN, VersionId } = await secrets.send(
      new CreateSecretCommand({ Name, SecretString: "one", Tags: [{ Key: "for", Value: "drills" }] }),
    );
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:\d{12}:secret:orders\/login-.{6}$/);
    await secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretBinary: Buffer.from("two") }));
    const { SecretBinary } = await secrets.send(new GetSecretValueCommand({ SecretId: ARN }));
    expect(Buffer.from(SecretBinary ?? []).toString()).toBe("two");
    const previous = { SecretId: Name, VersionStage: "AWSPREVIOUS" };
    expect(await secrets.send(new GetSecretValueCommand(previous))).toMatchObject({
      SecretString: "one",
      VersionId,
    });
    const about = await secrets.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(about.VersionIdsToStages).toMatchObject({ [VersionId ?? ""]: ["AWSPREVIOUS"] });
    expect(about.CreatedDate).toBeInstanceOf(Date);
    expect((await secrets.send(new ListSecretsCommand({}))).SecretList).toMatchObject([{ Name }]);
  });

  test("that is deleted can be seen for its recovery window and not be read; by force it is gone", async () => {
    const Name = "short-lived";
    const create = () => secrets.send(new CreateSecretCommand({ Name, SecretString: "x" }));
    await create();
    await expect(create()).rejects.toMatchObject({ name: "ResourceExistsException" });
    await secrets.send(new DeleteSecretCommand({ SecretId: Name, RecoveryWindowInDays: 7 }));
    const read = () => secrets.send(new GetSecretValueCommand({ SecretId: Name }));
    await expect(read()).rejects.toMatchObject({ name: "InvalidRequestException" });
    const about = await secrets.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(about.DeletedDate).toBeInstanceOf(Date);

    await secrets.send(new CreateSecretCommand({ Name: "other", SecretString: "x" }));
    const force = { SecretId: "other", ForceDeleteWithoutRecovery: true };
    await secrets.send(new DeleteSecretCommand(force));
    await expect(secrets.send(new DescribeSecretCommand({ SecretId: "other" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("can be given a random password without the characters that RDS refuses", async () => {
    const wish = { PasswordLength: 40, ExcludeCharacters: "/@\"'\\ " };
    const { RandomPassword } = await secrets.send(new GetRandomPasswordCommand(wish));
    expect(RandomPassword).toMatch(/^[^/@"'\\ ]{40}$/);
  });
});
