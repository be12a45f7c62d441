import { GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { awsProblem } from "../core/aws-error.ts";
import { Problem } from "../core/problem.ts";

/** A key that signs and never leaves KMS. Every method throws only `Problem`. */
export type Signing = {
  /** The key's ARN, and its public half as PEM. */
  key(): Promise<{ keyArn: string; publicKey: string }>;
  /** The signature of a SHA-256 digest: ECDSA over P-256, DER. */
  sign(digest: Uint8Array): Promise<Uint8Array>;
};

const SigningAlgorithm = "ECDSA_SHA_256" as const;

/** Signs with a key of the client's region, by its id, ARN or alias. */
export function signingWith(client: KMSClient, keyId: string): Signing {
  return {
    async key() {
      const answer = await client.send(new GetPublicKeyCommand({ KeyId: keyId })).catch((thrown) => {
        throw awsProblem(thrown, `the signing key ${keyId}`);
      });
      if (!answer.PublicKey || !answer.KeyId || !answer.SigningAlgorithms?.includes(SigningAlgorithm)) {
        throw new Problem(
          "invalid",
          `the key ${keyId} does not sign with ${SigningAlgorithm}`,
          "Deploy the vault stack again: it makes the key.",
        );
      }
      return { keyArn: answer.KeyId, publicKey: pem(answer.PublicKey) };
    },
    async sign(digest) {
      const input = { KeyId: keyId, Message: digest, MessageType: "DIGEST" as const, SigningAlgorithm };
      const { Signature } = await client.send(new SignCommand(input)).catch((thrown) => {
        throw awsProblem(thrown, `the signing key ${keyId}`);
      });
      if (!Signature) throw new Problem("internal", "KMS gave no signature", "Try again.");
      return Signature;
    },
  };
}

/** As `openssl` writes it: 64 characters a line. */
function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----\n`;
}
