import fc from "fast-check";
import { expect, test } from "vitest";
import { endedMessage, openedMessage } from "../../functions/alert/message.ts";
import type { FindingFact } from "../../functions/core/fact.ts";
import { type Finding, type FindingKind, findingSeverities } from "../../functions/core/finding.ts";

const finding: Finding = {
  kind: "archive-damaged",
  source: "nightly-erp",
  detail: "20261121t0200z-1a2b3c4d",
  since: "2026-11-21T02:00:00Z",
  region: "eu-west-1",
  message: 'The archive "erp/orders.tar.gz" ends after 12,000 bytes in the middle of a gzip member.',
  fix: "Have the job write erp/orders.tar.gz again.",
};
const teller = { environment: "prod", region: "eu-west-1", now: new Date("2026-11-21T03:30:00Z") };
const ended: FindingFact = {
  schema: 1,
  at: "2026-11-21T03:30:00Z",
  fact: "ended",
  finding,
  reason: "A newer archive is intact.",
};

test("an alert says what is wrong, since when, where, what to do, and how to look further", () => {
  const { subject, sms, email } = openedMessage(finding, teller);

  expect(subject).toBe("(Holdfast prod) Archive damaged: nightly-erp in eu-west-1");
  expect(sms).toBe(
    "Holdfast prod: archive damaged: nightly-erp in eu-west-1. Have the job write erp/orders.tar.gz again.",
  );
  expect(email).toBe(`Archive damaged: nightly-erp in eu-west-1, in environment prod.

What is wrong:  The archive "erp/orders.tar.gz" ends after 12,000 bytes in the middle of a gzip member.
Severity:       P2 (page)
Since:          2026-11-21T02:00:00Z (1h 30m ago)
What to do:     Have the job write erp/orders.tar.gz again.

Look further:   npx holdfast status --env prod --region eu-west-1
                npx holdfast points nightly-erp --env prod --region eu-west-1
Runbook:        docs/runbook.md#archive-damaged

This is told once more, to \`page\`, if nobody acknowledges it in time; its end is told too.
Finding archive-damaged.nightly-erp.20261121t0200z-1a2b3c4d, told from eu-west-1.
`);
});

test("its end says how long it lasted and why it is over", () => {
  const { subject, sms, email } = endedMessage(ended, teller);

  expect(subject).toBe("(Holdfast prod) Over: archive damaged: nightly-erp in eu-west-1");
  expect(sms).toBe("Holdfast prod: Over: archive damaged: nightly-erp in eu-west-1. Nothing is left to do.");
  expect(email).toContain("Lasted:         1h 30m, from 2026-11-21T02:00:00Z until 2026-11-21T03:30:00Z");
  expect(email).toContain("Why it is over: A newer archive is intact.");
});

test("a finding about the account names no source whose points one could ask for", () => {
  const { subject, email } = openedMessage(
    { ...finding, kind: "quota-exhausted", source: "account" },
    teller,
  );

  expect(subject).toBe("(Holdfast prod) Quota exhausted: the account in eu-west-1");
  expect(email).not.toContain("holdfast points");
});

/** GSM 03.38's basic table, without what it has beyond ASCII, and without what takes two septets. */
const oneSeptet = /^[\n\r !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z]*$/;

const anyFinding: fc.Arbitrary<Finding> = fc.record({
  kind: fc.constantFrom(...(Object.keys(findingSeverities) as FindingKind[])),
  source: fc.oneof(fc.string({ unit: "binary", maxLength: 80 }), fc.stringMatching(/^[a-z]{1,63}$/)),
  detail: fc.string(),
  since: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") })
    .map((at) => at.toISOString()),
  region: fc.constantFrom("eu-west-1", "ap-southeast-1", "us-gov-east-1"),
  message: fc.string({ unit: "binary", maxLength: 400 }),
  fix: fc.string({ unit: "grapheme", minLength: 1, maxLength: 70 }),
});

test("any finding makes an SMS of at most 140 GSM-7 characters and a subject that SNS takes", () => {
  fc.assert(
    fc.property(anyFinding, fc.stringMatching(/^[a-z]{1,26}$/), (one, environment) => {
      const at = { ...teller, environment };
      for (const { sms, subject } of [openedMessage(one, at), endedMessage({ ...ended, finding: one }, at)]) {
        expect(sms.length).toBeLessThanOrEqual(140);
        expect(sms).toMatch(oneSeptet);
        expect(subject.length).toBeLessThan(100);
        expect(subject).toMatch(/^[!-~][ -~]*$/);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("however much is wrong, the SMS still says what to do", () => {
  fc.assert(
    fc.property(anyFinding, fc.stringMatching(/^[A-Za-z0-9 .,:]{1,70}$/), (one, fix) => {
      expect(openedMessage({ ...one, fix }, teller).sms.endsWith(` ${fix}`)).toBe(true);
    }),
  );
});

test("nothing in an e-mail steers a terminal or a mail reader, and no line of it is forged", () => {
  fc.assert(
    fc.property(anyFinding, (one) => {
      const { email } = openedMessage(one, teller);
      expect(email).not.toMatch(/[^\P{C}\n]/u);
      expect(email.split("\n").filter((line) => line.startsWith("Runbook:"))).toHaveLength(1);
    }),
  );
});

test.each([
  ["AKIAIOSFODNN7EXAMPLE", "the key AKIAIOSFODNN7EXAMPLE was refused"],
  ["abcdef0123", "https://s3/x?X-Amz-Signature=abcdef0123&X-Amz-Date=1"],
  ["hunter2", "could not connect: password=hunter2 host=db"],
  ["hunter2", "postgres://app:hunter2@db:5432/orders refused"],
])("what looks like a secret (%s) does not leave", (secret, message) => {
  const { email, sms, subject } = openedMessage({ ...finding, message, fix: message.slice(0, 70) }, teller);
  expect(email + sms + subject).not.toContain(secret);
});
