import { beforeAll, expect, test } from "vitest";
import { watch } from "../../functions/watch/watch.ts";
import local from "../../infra/environments/local.ts";
import { watchWorldIn } from "../watch/house.ts";
import { apiBench } from "./bench.ts";

/*
 * What Prometheus scrapes, as it comes over API Gateway with a token.
 */
let house: Awaited<ReturnType<typeof apiBench>>;
const prometheus = { as: { token: { sub: "prometheus", groups: ["viewer"] } } };

beforeAll(async () => {
  house = await apiBench();
  await house.pass(20 * 60_000);
}, 60_000);

test("before the watch has reported there are no metrics, and the scrape fails", async () => {
  expect((await house.ask("getMetrics", {}, prometheus)).status).toBe(503);
});

test("a viewer's token reads the watch's report as OpenMetrics, with ages as they are now", async () => {
  await watch(watchWorldIn(house.twin, local, local.recoveryRegion));
  const age = async () => {
    const { text } = await house.ask("getMetrics", {}, prometheus);
    const line = /^holdfast_recovery_point_age_seconds\{.*source="orders",place="eu-west-1"\} (.+)$/m.exec(
      text,
    );
    return Number(line?.[1]);
  };
  const { status, headers, text } = await house.ask("getMetrics", {}, prometheus);

  expect(status).toBe(200);
  expect(headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(text).toContain('holdfast_sources{environment="local"} 3\n');
  expect(text.endsWith("# EOF\n")).toBe(true);
  const before = await age();
  expect(before).toBeGreaterThan(0);
  house.clock.advance(60_000);
  expect(await age()).toBe(before + 60);
});

test("who has no role reads nothing", async () => {
  const { status, text } = await house.ask("getMetrics", {}, { as: { token: { sub: "stranger" } } });
  expect(status).toBe(403);
  expect(text).not.toContain("holdfast_");
});
