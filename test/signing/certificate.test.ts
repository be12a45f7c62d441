import { createHash, createPublicKey, verify } from "node:crypto";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { canonicalJson, differingPaths } from "../../functions/core/canonical.ts";
import { DrillFinishedFact } from "../../functions/core/drill.ts";
import { factText } from "../../functions/core/fact.ts";
import { keyDigest, signDrill, verifyText } from "../../functions/signing/certificate.ts";
import { drillFact, signingKey } from "./drill-fact.ts";

let fact: DrillFinishedFact;
let text: string;

beforeAll(async () => {
  fact = await signDrill(drillFact({ reason: "Ärger über 1 € und „Zeichen“ \u2028 🗝" }), await signingKey());
  text = factText(DrillFinishedFact, fact);
});

test("a certificate verifies by its own text, offline", () => {
  expect(verifyText(text)).toEqual({ fact, mismatches: [] });
  expect(fact.signature.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n$/);
});

test("a stranger can verify it without our code: RFC 8785, SHA-256, ECDSA", () => {
  const { signature, ...rest } = JSON.parse(text);
  const { value, ...about } = signature;
  const document = Buffer.from(canonicalJson({ ...rest, signature: about }));
  expect(verify("sha256", document, createPublicKey(about.publicKey), Buffer.from(value, "base64"))).toBe(
    true,
  );
  const der = createPublicKey(about.publicKey).export({ type: "spki", format: "der" });
  expect(keyDigest(about.publicKey)).toBe(createHash("sha256").update(der).digest("hex"));
});

test("every change of a single character fails, at every place", () => {
  const characters = ["0", "9", "a", "A", "=", " ", "\n", '"', "\\", "{", "}", "é", "\u0000"];
  let tried = 0;
  for (let at = 0; at < text.length; at++) {
    const put = characters[at % characters.length] === text[at] ? "#" : characters[at % characters.length];
    for (const changed of [
      text.slice(0, at) + put + text.slice(at + 1),
      text.slice(0, at) + text.slice(at + 1),
      text.slice(0, at) + put + text.slice(at),
    ]) {
      expect(
        verifyText(changed).mismatches,
        `${at}: ${JSON.stringify(changed.slice(at - 9, at + 9))}`,
      ).not.toEqual([]);
      tried += 1;
    }
  }
  expect(tried).toBe(3 * text.length);
}, 120_000);

test("and so does every random one", () => {
  const edit = fc.tuple(fc.nat(text.length - 1), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
  fc.assert(
    fc.property(edit, ([at, put]) => {
      fc.pre(text[at] !== put);
      expect(verifyText(text.slice(0, at) + put + text.slice(at + 1)).mismatches).not.toEqual([]);
    }),
    { numRuns: 2_000 },
  );
}, 60_000);

test("what does not match is named", async () => {
  const sentence = (changed: string) => verifyText(changed).mismatches.join("; ");
  expect(sentence(text.replace("754.9", "154.9"))).toBe(
    "the signature is not that of this key over these contents",
  );
  expect(sentence(text.replace('"schema": 1,', '"schema":  1,'))).toBe(
    'it is not as it was written: line 2 is "  \\"schema\\":  1," instead of "  \\"schema\\": 1,"',
  );
  expect(sentence(text.replace('"point"', '"pont"'))).toMatch(/^it is no certificate: .*point/);
  expect(sentence("{")).toBe("it is not JSON");
  const other = await signDrill(drillFact(), await signingKey());
  const swapped = { ...fact, signature: { ...fact.signature, publicKey: other.signature.publicKey } };
  expect(sentence(factText(DrillFinishedFact, swapped))).toBe(
    "the signature is not that of this key over these contents",
  );
});

test("two documents are told apart by the paths at which they differ", () => {
  const copy = structuredClone(fact);
  copy.secondsToChecked = 1;
  if (copy.checks[1]) copy.checks[1].value = "2";
  delete copy.rtoSeconds;
  expect(differingPaths(fact, copy).sort()).toEqual(["checks[1].value", "rtoSeconds", "secondsToChecked"]);
  expect(differingPaths(fact, fact)).toEqual([]);
});

test("canonical JSON is RFC 8785's own example", () => {
  const value = {
    numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
    literals: [null, true, false],
  };
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});
