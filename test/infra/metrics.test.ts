import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type MetricName, metrics, prometheusName } from "../../functions/core/metrics.ts";
import { type Template, templatesOf } from "../../infra/templates.ts";
import { prod } from "./environments.ts";

/*
 * Dashboards and alert rules name metrics that there are.
 */
const doc = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

const names = Object.keys(metrics) as MetricName[];
const inPrometheus = new Set(names.map(prometheusName));
const namedIn = (text: string) => [...new Set(text.match(/\bholdfast_[a-z_0-9]+\b/g) ?? [])];

type Rule = {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
};
const rules = (parse(doc("prometheus-rules.yaml")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

test("every alert rule is whole, names metrics that there are, and says what to do", () => {
  const anchors = new Set(
    [...doc("runbook.md").matchAll(/^#+ (.+)$/gm)].map(([, title]) => (title as string).toLowerCase()),
  );
  expect(rules.length).toBeGreaterThan(10);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert, expr, for: lasts, labels, annotations } of rules) {
    const named = namedIn(expr);
    expect(named.length, alert).toBeGreaterThan(0);
    for (const name of named) expect(inPrometheus.has(name), `${alert}: ${name}`).toBe(true);
    expect(lasts, alert).toMatch(/^\d+[mh]$/);
    expect(labels.severity, alert).toMatch(/^(page|notify)$/);
    const anchor = /^docs\/runbook\.md#([a-z-]+)$/.exec(annotations.runbook)?.[1];
    expect(anchors.has(anchor ?? ""), `${alert}: ${annotations.runbook}`).toBe(true);
    expect(annotations.summary, alert).toMatch(/\.$/);
    // A label that the expression's metrics do not have would be empty in the message.
    const labelsOf = {
      environment: [],
      place: ["place"],
      source: ["source"],
      "source and place": ["source", "place"],
    };
    const has = named.map(
      (name) => metrics[names.find((one) => prometheusName(one) === name) ?? "Sources"].of,
    );
    for (const [, label] of annotations.summary.matchAll(/\$labels\.(\w+)/g))
      for (const of of has) expect(["environment", ...labelsOf[of]], alert).toContain(label);
  }
});

test("every panel of the Grafana dashboard names metrics that there are, and its own data source", () => {
  const dashboard = JSON.parse(doc("grafana-dashboard.json")) as {
    panels: {
      id: number;
      title: string;
      gridPos: { x: number; w: number };
      targets: { expr: string; datasource: { uid: string } }[];
    }[];
    templating: { list: { definition?: string }[] };
  };
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const { title, gridPos, targets } of dashboard.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    expect(targets.length, title).toBeGreaterThan(0);
    for (const { expr, datasource } of targets) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how Grafana writes a variable.
      expect(datasource.uid).toBe("${datasource}");
      const named = namedIn(expr);
      expect(named.length, expr).toBeGreaterThan(0);
      for (const name of named) expect(inPrometheus.has(name), name).toBe(true);
    }
  }
  for (const { definition = "" } of dashboard.templating.list)
    for (const name of namedIn(definition)) expect(inPrometheus.has(name), name).toBe(true);
});

test("docs/metrics.md has every metric once, with what it is, and no other", () => {
  const rows = [
    ...doc("metrics.md").matchAll(/^\| (\S+) \| `(holdfast_\w+)` \| ([^|]+) \| (\w+) \| (.+) \|$/gm),
  ];
  const said = rows.map(([, cloudWatch, prometheus, of, unit, help]) => [
    cloudWatch,
    prometheus,
    of,
    unit,
    help,
  ]);
  const units = { Seconds: "s", Bytes: "bytes", Count: "count", None: "ratio" };
  expect(said).toEqual(
    names.map((name) => {
      const { of, unit, help, cloudWatch } = metrics[name];
      return [cloudWatch ? `\`${name}\`` : "-", prometheusName(name), of, units[unit], help];
    }),
  );
});

/** A dashboard's body with what CloudFormation fills in: alarms by their logical ids. */
function bodyOf(template: Template) {
  const dashboard = Object.values(template.resources).find(
    ({ Type }) => Type === "AWS::CloudWatch::Dashboard",
  );
  type Part = string | { Ref?: string; "Fn::GetAtt"?: [string, string] };
  const parts = dashboard?.Properties.DashboardBody["Fn::Join"][1] as Part[];
  const text = parts.map((part) =>
    typeof part === "string" ? part : (part["Fn::GetAtt"]?.[0] ?? template.region),
  );
  type Widget = { properties: { alarms?: string[]; metrics?: unknown[][] } };
  return {
    name: dashboard?.Properties.DashboardName,
    widgets: JSON.parse(text.join("")).widgets as Widget[],
  };
}

test("each region has a dashboard with all of its alarms, and of Holdfast's metrics those that CloudWatch has", () => {
  const inCloudWatch = new Set<string>([
    ...names.filter((name) => metrics[name].cloudWatch),
    "WatchHeartbeat",
  ]);
  for (const template of templatesOf(prod).filter(({ stack }) => !stack.includes("-vault-"))) {
    const { name, widgets } = bodyOf(template);
    expect(name).toBe(`holdfast-prod-${template.region}`);
    const alarms = Object.entries(template.resources).filter(
      ([, { Type }]) => Type === "AWS::CloudWatch::Alarm",
    );
    expect(widgets.flatMap(({ properties }) => properties.alarms ?? []).sort()).toEqual(
      alarms.map(([id]) => id).sort(),
    );
    const shown = widgets
      .flatMap(({ properties }) => properties.metrics ?? [])
      .flatMap((metric) => {
        const [first, second] = metric as [string | { expression: string }, string];
        if (first === "Holdfast") return [second];
        const search = typeof first === "object" ? first.expression : "";
        return search.includes("{Holdfast,") ? [/MetricName="(\w+)"/.exec(search)?.[1] ?? ""] : [];
      });
    expect(shown.length).toBeGreaterThan(10);
    for (const metric of shown) expect(inCloudWatch.has(metric), metric).toBe(true);
  }
});
