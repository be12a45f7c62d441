import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findingSeverities, priorities } from "../../functions/core/finding.ts";
import { problemCodes } from "../../functions/core/problem.ts";
import { pageIsCurrent } from "../../scripts/permissions.ts";
import { prod } from "./environments.ts";
import { templatesOf } from "./synthesized.ts";

const runbook = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8");
const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
  (title as string)
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-"),
);

test("docs/permissions.md is what the templates say (if not: npm run docs)", () => {
  expect(pageIsCurrent(prod)).toBe(true);
});

test("the runbook has a section for each finding and each problem code", () => {
  for (const kind of Object.keys(findingSeverities)) expect(anchors).toContain(kind);
  for (const { runbook: anchor } of Object.values(problemCodes)) expect(anchors).toContain(anchor);
});

test("the runbook's table has the severity of each finding", () => {
  for (const priority of Object.keys(priorities)) {
    const [, row = ""] = new RegExp(`^\\| ${priority} \\| (\\[.*) \\|$`, "m").exec(runbook) ?? [];
    const listed = [...row.matchAll(/\[([a-z0-9-]+)\]/g)].map(([, kind]) => kind as string);
    const kinds = Object.entries(findingSeverities).filter(([, one]) => one === priority);
    expect(listed, priority).toEqual(kinds.map(([kind]) => kind).sort());
  }
});

test("every alarm links to a section of the runbook, and every alarm section has an alarm", () => {
  const linked = templatesOf(prod)
    .flatMap(({ resources }) => Object.values(resources))
    .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
    .map(({ Properties }) => Properties.AlarmDescription.split("docs/runbook.md#")[1]);
  expect([...new Set(linked)].sort()).toEqual(anchors.filter((anchor) => anchor.startsWith("alarm-")).sort());
});

test("no link inside the runbook is broken", () => {
  const links = [...runbook.matchAll(/\]\(#([a-z-]+)\)/g)].map(([, anchor]) => anchor as string);
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) expect(anchors).toContain(link);
});

test("no two sections have one name", () => {
  expect(new Set(anchors).size).toBe(anchors.length);
});
