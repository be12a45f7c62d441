/**
 * What a vault has beside its facts that nobody needs for long, by the prefix of its keys, with the days after which a rule of
 * the bucket lets it go: marks of what has changed once every pass has seen them, the answers of requests once their keys are
 * forgotten, which is after a day, and receipts once no message can come again, which a queue and then its dead-letter
 * queue may keep for 14 days each.
 */
export const passing = {
  changes: { prefix: "changes/", days: 2 },
  idempotency: { prefix: "idempotency/", days: 2 },
  receipts: { prefix: "receipts/", days: 30 },
} as const;
