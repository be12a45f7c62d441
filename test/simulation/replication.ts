import type { Context, SQSEvent } from "aws-lambda";
import { maxReceives } from "../../functions/core/retry.ts";
import { slotAt } from "../../functions/core/slot.ts";
import type { BucketSource } from "../../functions/core/source.ts";
import { queueTask } from "../../functions/glue.ts";
import { openFindings } from "../../functions/replicate/findings.ts";
import { ReplicateMessage, replicate } from "../../functions/replicate/replicate.ts";
import { AwsError, type Call } from "../../local/twin.ts";
import { putUpReplica, uploads } from "../replicate/place.ts";
import { worldIn } from "../worlds.ts";
import { seeded, turnOfTheLoop } from "./random.ts";
import type { Outcome } from "./reconciliation.ts";
import { slowCopy } from "./slow-copy.ts";

const keys = ["a", "a b+%/ü", "\uFF5E", "\u{1F600}"];

/** What a worker may ask of S3: it reads, copies, records facts, and hides where that is wished. */
const allowed = new Set([
  "HeadObject",
  "GetObject",
  "GetObjectTagging",
  "ListObjectsV2",
  "CopyObject",
  "PutObject",
  "PutEvents",
]);

type Message = { body: string; at: number; receives: number };
type Worker = {
  name: string;
  dead: boolean;
  busy: boolean;
  run(event: SQSEvent, context: Context): Promise<unknown>;
};

/**
 * One random history of a bucket and its replica: somebody writes, overwrites, deletes and re-tags, also between
 * any two calls of the two workers; events come late, twice, in any order or never; calls are throttled, time out
 * after they happened or long before they do, and workers die. Then the faults end, the queue is emptied, one sweep
 * runs, and the replica must be the source.
 */
export async function simulateReplication(seed: number): Promise<Outcome> {
  const random = seeded(seed);
  const outcome: Outcome = { seed, broken: [], history: [] };
  const source: BucketSource = { ...uploads, deletions: random.pick(["keep", "propagate"]) };
  const place = await putUpReplica(source);
  const { twin, clock, user, environment } = place;
  const queue: Message[] = [];
  const deadLetters: Message[] = [];
  const landings: (() => void)[] = [];
  let faulty = true;
  /** The share of events that never arrive. */
  let lost = 0.3;
  let writes = 0;
  const say = (line: string) => outcome.history.push(`${new Date(clock.now()).toISOString()} ${line}`);

  const send = (body: unknown) =>
    queue.push({ body: JSON.stringify(body), at: clock.now() + random.below(20_000), receives: 0 });
  twin.onEvent((event) => {
    // The listing does not show tags: what tells of them is S3's event, which comes at least once.
    if (!event["detail-type"].includes("Tags") && random.chance(lost)) return;
    for (let times = random.chance(0.2) ? 2 : 1; times > 0; times--) send(event);
  });
  place.onPublished((type, detail) => {
    if (type === "Bucket Sweep Requested") send({ source: "holdfast", "detail-type": type, detail });
  });

  const workers = ["worker-a", "worker-b"].map((name): Worker => {
    const own = worldIn(twin, environment, environment.primaryRegion, name);
    // When a failed message is seen again is chance here, not what the function wishes.
    const world = { ...own, queues: { ...own.queues, showAgain: async () => {} } };
    const handler = queueTask(ReplicateMessage, replicate, () => world);
    return { name, dead: false, busy: false, run: (event, context) => handler(event, context) };
  });
  twin.interceptors.push(async (call, proceed) => {
    const worker = workers.find(({ name }) => name === call.principal);
    if (!worker) return proceed();
    if (worker.dead) throw new Error("this worker is dead");
    checkCall(call);
    for (let turns = random.below(6); turns > 0; turns--) await Promise.resolve();
    if (!faulty) return proceed();
    if (random.chance(0.1)) await write();
    if (random.chance(0.04)) throw new AwsError("SlowDown", "Please reduce your request rate.", 503);
    if (random.chance(0.015)) return die(worker, call);
    const slow = call.operation === "CopyObject" && random.chance(0.3);
    const landing = new Promise<void>((resolve) => landings.push(resolve));
    const answer = slow ? slowCopy(twin, call, landing) : proceed();
    if (slow && random.chance(0.3)) {
      answer.catch(() => say("a copy that nobody waited for any more did not land"));
      say(`a copy of ${call.input.Key} times out and is still under way`);
      throw new AwsError("RequestTimeout", "nobody heard of it", 400);
    }
    await answer;
    if (random.chance(0.015)) return die(worker, call);
    if (random.chance(0.02)) throw new AwsError("InternalError", "it happened, and nobody heard of it", 500);
    return answer;
  });

  for (let step = 0; step < 14; step++) {
    clock.advance(random.pick([0, 300, 1_000, 7_000, 40_000]));
    await write();
    if (random.chance(0.15)) send(sweepOf(clock.now()));
    for (const worker of workers) if (!worker.busy) void work(worker, due(1 + random.below(5)));
    if (random.chance(0.5)) landings.splice(random.below(landings.length + 1), 1)[0]?.();
    await settled();
  }
  faulty = false;
  lost = 0;
  say("peace");
  await drain();
  // Dead letters are looked at by people, and then sent again (docs/runbook.md).
  for (const letter of deadLetters.splice(0)) queue.push({ ...letter, receives: 0 });
  await drain();
  // The last things to happen: one that is heard of at once, and one within the same second that is not.
  lost = 0;
  await write();
  for (const message of queue) message.at = clock.now();
  await drain();
  lost = 1;
  await write();
  await drain();
  clock.advance(3_600_000);
  send(sweepOf(clock.now()));
  await drain();
  await checkInTheEnd();
  await turnOfTheLoop();
  return outcome;

  async function write(): Promise<void> {
    const Key = random.pick(keys);
    const what = random.pick(["put", "put", "put", "put again", "delete", "tag"]);
    say(`somebody does "${what}" to ${JSON.stringify(Key)}`);
    if (what === "delete") await user("DeleteObject", { Key });
    else if (what === "tag") {
      const Tagging = { TagSet: [{ Key: "n", Value: String(writes++) }] };
      await user("PutObjectTagging", { Key, Tagging }).catch(() => undefined);
    } else {
      // Often the same bytes, sizes and metadata come again: they must not be taken for what was there before.
      const Body = what === "put again" ? "same" : "x".repeat(random.below(3)) + random.below(3);
      const Metadata = { n: String(random.below(2)) };
      const StorageClass = random.pick(["STANDARD", "STANDARD", "STANDARD_IA"]);
      await user("PutObject", {
        Key,
        Body,
        Metadata,
        StorageClass,
        ContentType: random.pick(["a/a", "b/b"]),
      });
    }
  }

  function due(count: number): Message[] {
    const ready = queue.filter(({ at }) => at <= clock.now()).slice(0, count);
    for (const message of ready) queue.splice(queue.indexOf(message), 1);
    return ready;
  }

  async function work(worker: Worker, batch: Message[]): Promise<void> {
    if (batch.length === 0) return;
    worker.busy = true;
    for (const message of batch) message.receives += 1;
    const Records = batch.map(({ body, receives }, index) => ({
      messageId: String(index),
      body,
      attributes: { ApproximateReceiveCount: String(receives) },
    }));
    const remaining = faulty ? random.pick([900_000, 900_000, 30_000]) : 900_000;
    const context = { awsRequestId: worker.name, getRemainingTimeInMillis: () => remaining };
    const answer = (await worker.run({ Records } as SQSEvent, context as Context)) as {
      batchItemFailures: { itemIdentifier: string }[];
    };
    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const [index, message] of batch.entries()) {
      if (!worker.dead && !failed.has(String(index))) continue;
      if (message.receives >= maxReceives) deadLetters.push(message);
      else queue.push({ ...message, at: clock.now() + random.below(30_000) });
    }
    worker.dead = false;
    worker.busy = false;
  }

  async function drain(): Promise<void> {
    for (let turn = 0; turn < 200; turn++) {
      for (const land of landings.splice(0)) land();
      for (const worker of workers) if (!worker.busy) void work(worker, due(10));
      await settled();
      if (queue.length === 0 && !workers.some(({ busy }) => busy)) return;
      clock.advance(30_000);
    }
    outcome.broken.push(`the queue does not empty: ${queue.length} left`);
  }

  function die(worker: Worker, { operation }: Call): never {
    worker.dead = true;
    say(`${worker.name} dies at ${operation}`);
    throw new Error("this worker is dead");
  }

  function checkCall({ operation, input }: Call): void {
    const hides = operation === "DeleteObject" && source.deletions === "propagate" && !input.VersionId;
    if (!allowed.has(operation) && !hides) outcome.broken.push(`a worker called ${operation}`);
    if (operation === "PutObject" && input.Bucket === place.replica)
      outcome.broken.push("a worker put an object into the replica");
  }

  function sweepOf(nowMs: number) {
    const detail = { source: source.name, point: slotAt(new Date(nowMs), 3_600) };
    return { source: "holdfast", "detail-type": "Bucket Sweep Requested", detail };
  }

  async function checkInTheEnd(): Promise<void> {
    const [here, there] = await place.both();
    const looked = new Set([
      ...Object.keys(here),
      ...(source.deletions === "propagate" ? Object.keys(there) : []),
    ]);
    for (const key of looked) {
      const [a, b] = [JSON.stringify(here[key]), JSON.stringify(there[key])];
      if (a !== b) outcome.broken.push(`${JSON.stringify(key)} is ${b} and should be ${a}`);
    }
    if (source.deletions === "keep" && (await place.markers()) > 0)
      outcome.broken.push("a key of the replica is hidden");
    const world = worldIn(twin, environment, environment.primaryRegion);
    const open = await openFindings(world, source);
    if (open.length > 0) outcome.broken.push(`open findings: ${open.map(({ id }) => id)}`);
    const point = slotAt(new Date(clock.now()), 3_600);
    for (const fact of ["available", `copied-${environment.recoveryRegion}`])
      await world.catalog
        .readPoint(`catalog/points/${source.name}/${point}/${fact}.json`)
        .catch(() => outcome.broken.push(`${point} is not ${fact}`));
  }
}

/** Lets everything run that waits for nothing but its turn. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
