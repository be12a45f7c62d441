import { expect, test } from "vitest";
import { eachElement, findElement } from "../../functions/core/xml.ts";

test("elements are told in order, with their content and without what is in it", () => {
  const xml = '<?xml version="1.0"?>\n<a x="1"><b>1</b></a>\n<c/><d k="/">2</d><e></e>';

  expect(elements(xml)).toEqual({
    whole: true,
    seen: [
      ["a", "<b>1</b>"],
      ["c", ""],
      ["d", "2"],
      ["e", ""],
    ],
  });
});

test.each(["<a><b>1</b>", "<a>1</b>", "<a>1", "<a", "<a/"])("%j is not whole", (xml) => {
  expect(elements(xml).whole).toBe(false);
});

test("an element that ends behind the place where the reading ends is not whole", () => {
  expect(eachElement("<a>1</a>", 0, 4, () => {})).toBe(false);
});

test("one element is found by name between two places, and not behind them", () => {
  const xml = "<Key>a</Key><Keys>b</Keys><Size>1</Size>";
  const at = findElement(xml, "Size", 0, xml.length);

  expect(at && xml.slice(at.from, at.to)).toBe("1");
  expect(findElement(xml, "Size", 0, 20)).toBeUndefined();
  expect(findElement(xml, "Ke", 0, xml.length)).toBeUndefined();
  expect(findElement("<Key>a", "Key", 0, 6)).toBeUndefined();
});

function elements(xml: string) {
  const seen: [string, string][] = [];
  const whole = eachElement(xml, 0, xml.length, (name, from, to) => seen.push([name, xml.slice(from, to)]));
  return { whole, seen };
}
