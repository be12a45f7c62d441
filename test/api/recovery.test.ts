import { LambdaClient, LambdaServiceException } from "@aws-sdk/client-lambda";
import { beforeAll, describe, expect, test } from "vitest";
import { DrillRequest } from "../../functions/core/drill.ts";
import { CheckRequest } from "../../functions/core/fingerprint.ts";
import { purposes, RestoreOrder } from "../../functions/core/restore.ts";
import { drill } from "../../functions/drill/drill.ts";
import { durableTask } from "../../functions/durable.ts";
import { whyCancelled } from "../../functions/restore/record.ts";
import { carryOut } from "../../functions/restore/run.ts";
import local from "../../infra/environments/local.ts";
import { connect } from "../../local/in-process.ts";
import { cannedChecker } from "../drill/canned.ts";
import { type DurableHandler, runDurable } from "../local/durable-function.ts";
import { proofOf } from "../restore/place.ts";
import type { TestWorld } from "../worlds.ts";
import { type As, apiBench, type Others } from "./bench.ts";

/*
 * Restores and drills as people ask for them through the API: by way of API Gateway, the API's own role, Lambda's durable
 * executions and the roles of the functions that carry them out.
 */
let house: Awaited<ReturnType<typeof apiBench>>;
const environment = { ...local, restores: { approval: "required" as const } };
const person = (sub: string, group: string): { as: As } => ({ as: { token: { sub, groups: [group] } } });
const olga = person("olga", "operator");
const ada = person("ada", "admin");
const bert = person("bert", "admin");
const whoIs = (sub: string) => `jwt:https://issuer.example#${sub}`;
const wish = { source: "orders", region: "eu-west-1", wanted: { which: "latest" } } as const;
const replacing = { ...wish, replace: { prebackup: false } };

/** Invocations that are under way: time stands still for them. */
let busy = 0;
const durable =
  (handler: (world: TestWorld) => DurableHandler): Others[string] =>
  async (world, event, context) => {
    busy += 1;
    const principal = `${context.functionName}@${world.region}`;
    const to = { twin: house.twin, service: "lambda", region: world.region, principal } as const;
    const client = connect(new LambdaClient({ region: world.region }), {
      ...to,
      errorClass: LambdaServiceException,
    });
    try {
      return await runDurable(handler(world), client, event, context);
    } finally {
      busy -= 1;
    }
  };

beforeAll(async () => {
  house = await apiBench(environment, {
    restore: durable(
      (world) =>
        durableTask(RestoreOrder, carryOut, () => world, {
          cancelled: async (order) =>
            order.do === "restore" ? whyCancelled(order.request, world) : undefined,
        }) as never,
    ),
    drill: durable((world) => durableTask(DrillRequest, drill, () => world) as never),
    check: (world, event) => cannedChecker(CheckRequest.parse(event), world),
  });
  await house.pass(20 * 60_000);
}, 60_000);

/** Lets so much time pass, with everything that comes due in it. */
const wait = async (minutes: number) => {
  const endMs = house.clock.now() + minutes * 60_000;
  for (let idle = 0; idle < 20; idle++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (busy > 0) idle = 0;
    else if (house.clock.now() < endMs)
      house.clock.advanceTo(Math.min(endMs, Math.max(house.clock.now(), house.clock.nextMs ?? endMs)));
  }
};

const begun = async (body: object, as = olga) => {
  const answer = await house.ask("createRestore", { body } as never, as);
  expect(answer.status, answer.text).toBe(202);
  await wait(1);
  return String(answer.json.id);
};
const stateOf = async (restore: string, region = "eu-central-1") =>
  (await house.ask("getRestore", { params: { restore } }, { region })).json as Record<string, unknown>;

test("a dry run says every step, and does none", async () => {
  const before = await Promise.all(house.both.map((region) => house.vaultNow(region)));
  const { status, json } = await house.ask("planRestore", { body: replacing }, person("vera", "viewer"));

  expect(status).toBe(200);
  expect(json).toMatchObject({
    approval: true,
    plan: { into: expect.stringContaining("orders-db"), steps: expect.any(Array) },
  });
  expect(await Promise.all(house.both.map((region) => house.vaultNow(region)))).toEqual(before);
});

describe("a restore", () => {
  let id: string;

  test("waits for another than the one who asked, whom the API knows, not for another than the API", async () => {
    id = await begun(replacing, ada);
    expect(await stateOf(id)).toMatchObject({ state: "awaiting approval", requestedBy: whoIs("ada") });

    const own = await house.ask("approveRestore", { params: { restore: id }, body: {} }, ada);
    expect(own).toMatchObject({ status: 403, json: { detail: "You asked for it and cannot approve it" } });
    const operator = await house.ask("approveRestore", { params: { restore: id }, body: {} }, olga);
    expect(operator.status).toBe(403);
    await wait(1);
    expect(await stateOf(id)).toMatchObject({ state: "awaiting approval" });
  });

  test("takes nobody's word for who approves it: no header's, no field's", async () => {
    const params = { restore: id };
    for (const body of [
      { onBehalfOf: whoIs("bert") },
      { by: whoIs("bert") },
      { proof: proofOf("bert", "x") },
    ])
      expect((await house.ask("approveRestore", { params, body } as never, ada)).status).toBe(400);
    const headers = {
      "x-holdfast-on-behalf-of": whoIs("bert"),
      "x-amzn-oidc-identity": whoIs("bert"),
      onbehalfof: whoIs("bert"),
    };
    const forged = await house.ask("approveRestore", { params, body: {} }, { ...ada, headers });
    expect(forged.status).toBe(403);
    const asked = await house.ask(
      "createRestore",
      { body: { ...wish, onBehalfOf: whoIs("bert") } } as never,
      ada,
    );
    expect(asked.status).toBe(400);
  });

  describe("whose function somebody invokes without the API", () => {
    const api = "holdfast-local-api@eu-central-1";
    const mallory = (operation: string, input: Record<string, unknown>) =>
      house.twin.call({
        ...{ service: "lambda", region: "eu-west-1", operation, principal: "mallory" },
        input,
      });
    const invoke = async (name: string, order: object) => {
      const about = { FunctionName: "holdfast-local-restore", Qualifier: "live", InvocationType: "Event" };
      const Payload = Buffer.from(JSON.stringify(order));
      const started = await mallory("Invoke", { ...about, DurableExecutionName: name, Payload });
      await wait(1);
      const { DurableExecutionArn } = started as { DurableExecutionArn: string };
      return (await mallory("GetDurableExecution", { DurableExecutionArn })) as { Status: string };
    };
    /** What the restore waits for, as whoever may read its execution or the vault knows it. */
    const callbackId = async () =>
      (await house.primary.catalog.readRestore(id, "awaiting-approval-1"))?.callbackId;
    const answer = async (CallbackId: string | undefined, value: object) => {
      const Result = Buffer.from(JSON.stringify(value));
      await mallory("SendDurableExecutionCallbackSuccess", { CallbackId, Result });
      await wait(1);
    };

    test("it speaks for nobody but themselves, whatever they say", async () => {
      const other = "orders-20261121t031500z";
      const order = { do: "restore", request: { source: "orders", wanted: wish.wanted, id: other } };
      const proof = proofOf("mallory", purposes.restore(other, whoIs("ada")));
      expect(await invoke(other, { ...order, proof, onBehalfOf: whoIs("ada") })).toMatchObject({
        Status: "FAILED",
      });
      expect((await house.ask("getRestore", { params: { restore: other } })).status).toBe(404);
    });

    test("it does not take up what another has asked for, in their name", async () => {
      const { region: _, ...request } = { ...wish, id, as: "stolen" };
      const order = { do: "restore", request, proof: proofOf("mallory", `restore ${id}`) };
      expect(await invoke("another-name", order)).toMatchObject({ Status: "FAILED" });
      expect(await stateOf(id)).toMatchObject({ state: "awaiting approval", requestedBy: whoIs("ada") });
    });

    test("it is not told an approval by a proof that is theirs, or that the API made for another", async () => {
      await answer(await callbackId(), {
        proof: proofOf("mallory", purposes.approve(id, whoIs("bert"))),
        onBehalfOf: whoIs("bert"),
      });
      expect(await stateOf(id)).toMatchObject({ state: "awaiting approval" });
      const second = await house.primary.catalog.readRestore(id, "awaiting-approval-2");
      const forAda = proofOf(api, purposes.approve(id, whoIs("ada")));
      await answer(second?.callbackId, { proof: forAda, onBehalfOf: whoIs("bert") });
      expect(await stateOf(id)).toMatchObject({ state: "awaiting approval" });
    });
  });

  test("goes on once another has approved it, step by step, and that is seen from both regions", async () => {
    const approved = await house.ask("approveRestore", { params: { restore: id }, body: {} }, bert);
    expect(approved.json).toMatchObject({ id, answer: "approved" });
    const again = await house.ask("approveRestore", { params: { restore: id }, body: {} }, bert);
    expect([400, 409]).toContain(again.status);
    await wait(2);
    expect(await stateOf(id)).toMatchObject({ state: "running", approvedBy: whoIs("bert") });

    await wait(90);
    for (const region of house.both)
      expect(await stateOf(id, region)).toMatchObject({
        state: "finished",
        result: expect.arrayContaining([expect.stringMatching(/orders-db in eu-west-1 is back after /)]),
      });
    const { steps } = (await stateOf(id)) as { steps: { state: string }[] };
    expect(steps.map(({ state }) => state)).toEqual(steps.map(() => "done"));
  });

  test("is undone with another's approval, and not twice", async () => {
    const undo = await house.ask("undoRestore", { params: { restore: id } }, bert);
    expect(undo.status).toBe(202);
    await wait(1);
    expect((await house.ask("approveRestore", { params: { restore: id }, body: {} }, bert)).status).toBe(403);
    expect((await house.ask("approveRestore", { params: { restore: id }, body: {} }, ada)).status).toBe(200);
    await wait(60);
    expect(await stateOf(id)).toMatchObject({ state: "undone" });
    expect((await house.ask("undoRestore", { params: { restore: id } }, bert)).status).toBe(400);
  });

  test("is cancelled while it waits, and while it runs, and leaves nothing", async () => {
    const waits = await begun(replacing);
    expect((await house.ask("cancelRestore", { params: { restore: waits } }, olga)).status).toBe(202);
    await wait(2);
    expect(await stateOf(waits)).toMatchObject({ state: "cancelled", leftBehind: [] });

    const runs = await begun({ ...wish, as: "orders-back" });
    await house.ask("approveRestore", { params: { restore: runs }, body: {} }, bert);
    await wait(3);
    expect((await house.ask("cancelRestore", { params: { restore: runs } }, olga)).status).toBe(202);
    await wait(60);
    expect(await stateOf(runs)).toMatchObject({
      state: "cancelled",
      reason: expect.stringContaining(whoIs("olga")),
      leftBehind: [],
    });
    expect((await house.ask("cancelRestore", { params: { restore: runs } }, olga)).status).toBe(400);
  });

  test("is refused by whoever does not want it, with the reason", async () => {
    const restore = await begun(replacing);
    const body = { refuse: "not on a Saturday" };
    expect((await house.ask("approveRestore", { params: { restore }, body }, bert)).json.answer).toBe(
      "refused",
    );
    await wait(2);
    expect(await stateOf(restore)).toMatchObject({
      state: "refused",
      reason: expect.stringContaining(`${whoIs("bert")} refused it: not on a Saturday`),
    });
  });
});

describe("a drill", () => {
  const params = { source: "orders" };

  test("is asked for, followed and certified through the API, in either region", async () => {
    const { status, json } = await house.ask("createDrill", { params, body: {} }, olga);
    expect(status).toBe(202);
    const slot = String(json.drill);
    await wait(2);
    const again = await house.ask("createDrill", { params, body: {} }, olga);
    expect(again).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining(`The drill ${slot}`) },
    });
    const drillNow = async (region: string) =>
      (await house.ask("getDrill", { params: { ...params, drill: slot } }, { region })).json;
    const running = await drillNow("eu-central-1");
    expect(running).toMatchObject({ drill: { drill: slot, by: "person", region: "eu-central-1" } });
    expect(running).not.toHaveProperty("certificate");

    await wait(120);
    for (const region of house.both) {
      const { drill, certificate } = (await drillNow(region)) as Record<string, object>;
      expect(drill).toMatchObject({
        outcome: "passed",
        rtoSeconds: 1_800,
        secondsToChecked: expect.any(Number),
      });
      expect(certificate).toMatchObject({ drill: slot, outcome: "passed", signature: expect.any(Object) });
    }
    const listed = await house.ask("listDrills", { params });
    expect(listed.json).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ drill: slot })]),
    });
  });

  test("of something that has none, or of a point that there is not, is refused", async () => {
    const drillOf = (source: string, point?: string) =>
      house.ask("createDrill", { params: { source }, body: point ? { point } : {} }, olga);
    expect((await drillOf("nightly-erp")).status).toBe(422);
    expect((await drillOf("nothing")).status).toBe(404);
    expect((await drillOf("orders", "20260101T0000Z")).status).toBe(404);
  });
});

test("nobody used a right that their role lacks", () => {
  expect(house.access.refusals.filter((one) => !/^[^ ]+-(channels|deliver)@/.test(one))).toEqual([]);
});
