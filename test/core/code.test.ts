import fc from "fast-check";
import { expect, test } from "vitest";
import { codeBytes, codeOf, readCode } from "../../functions/core/code.ts";

const anyBytes = fc.uint8Array({ minLength: codeBytes, maxLength: codeBytes });

test("a code is read as it was written, in any case, without hyphens, and with the letters that people mix up", () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const code = codeOf(bytes);
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$/);
      expect(readCode(code)).toBe(code);
      expect(readCode(` ${code.toLowerCase().replaceAll("-", " ")} `)).toBe(code);
      expect(readCode(code.replaceAll("0", "o").replaceAll("1", "l"))).toBe(code);
    }),
  );
});

test("anything else is no code", () => {
  for (const typed of ["", "7K3M-9QXT", "7K3M-9QXT-2BWEX", "7K3M-9QXT-2BW!", "7K3M-9QXT-2BWU", "../../etc"])
    expect(readCode(typed), typed).toBeUndefined();
});
