import * as z from "zod/mini";

/**
 * A request to AWS that only its signer could have made, and that AWS answers with who that was. It holds no secret: a
 * signature is good for this one request, for this one purpose, for some minutes (STS; as EKS and Vault use it).
 */
export const Proof = z.strictObject({
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
export type Proof = z.infer<typeof Proof>;
