import { Duration, Stack } from "aws-cdk-lib";
import { EventBus, type IEventBus } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import { type Environment, otherRegion } from "../../functions/core/environment.ts";
import { type DomainEventType, eventSource } from "../../functions/core/event.ts";
import { busName, metricsNamespace, vaultName } from "../../functions/core/names.ts";
import { tellTimeoutSeconds } from "../../functions/core/tries.ts";
import type { HoldfastVariables } from "../../functions/env.ts";
import { tellEnds } from "./alarm-ends.ts";
import { addApi } from "./api-task.ts";
import { regionalArn } from "./arns.ts";
import type { Bundles, TaskName } from "./bundles.ts";
import { addChannelHealth, addDelivery } from "./delivery.ts";
import { addHydrator } from "./hydrate.ts";
import { RestoreAccess } from "./restore-access.ts";
import { intoOtherBus, type RouteProps, route } from "./rules.ts";
import { runEvery } from "./schedule.ts";
import { grantRemoveScratch, grantSeeDatabases } from "./scratch.ts";
import { SourceAccess } from "./source-access.ts";
import { Task, type TaskProps } from "./task.ts";
import { Topics } from "./topics.ts";
import { grantList, grantMirrorFrom, type Vault } from "./vault.ts";
import { alarmHeartbeats } from "./watch-alarms.ts";
import { WorkQueue } from "./work-queue.ts";

/** What a region's control plane is made from. */
export type ControlPlaneProps = {
  readonly environment: Environment;
  readonly vault: Vault;
  readonly bundles: Bundles;
};

/** What a task has of its own; the environment's variables are given to each. */
export type TaskSettings = Pick<
  TaskProps,
  "of" | "timeout" | "memoryMiB" | "nodeOptions" | "certificates" | "durable" | "network"
> & {
  /** @default - none but the environment's */
  variables?: Pick<
    HoldfastVariables,
    "HOLDFAST_SCRATCH_SECURITY_GROUP_ID" | "HOLDFAST_SIGN_IN" | "HOLDFAST_API_URL"
  >;
};

/** Minutes between two passes of the reconciler that nothing else has woken. */
export const reconcileEveryMinutes = 5;

/** Minutes between two passes of the watch. */
export const watchEveryMinutes = 5;

/** Minutes between two passes of expiry. What one marks is deleted by the next, or by the one after if an hour is not over. */
export const expireEveryMinutes = 60;

/** Minutes between two looks for what a drill or a restore has left behind. */
export const reapEveryMinutes = 15;

/** RDS events that make a pass worth its while; they are hints, which may be missing (RDS user guide, events). */
const rdsEvents = {
  "RDS DB Snapshot Event": ["0041", "0042", "0060", "0061", "0190", "0197"],
  "RDS DB Cluster Snapshot Event": ["0075", "0169"],
  "RDS DB Instance Event": ["0003", "0005", "0028", "0031", "0418", "0419", "0420"],
  "RDS DB Cluster Event": ["0170", "0171"],
} as const;

/**
 * What both regions have, each able to act alone: the reconciler with its schedule and its wake-up calls, the
 * verifier, the expiry, the alerts, and the alarms that page when these do not run.
 */
export class ControlPlane extends Construct {
  readonly topics: Topics;
  readonly sources: SourceAccess;
  readonly reconcile: Task;
  readonly verify: Task;
  readonly verifyQueue: WorkQueue;
  readonly bus: IEventBus;
  readonly #props: ControlPlaneProps;
  readonly #region: string;

  constructor(scope: Construct, id: string, props: ControlPlaneProps) {
    super(scope, id);
    const { environment } = props;
    this.#props = props;
    this.#region = Stack.of(this).region;
    this.bus = EventBus.fromEventBusName(this, "Bus", busName(environment));
    this.topics = new Topics(this, "Topics", { environment });
    this.sources = new SourceAccess(environment);

    this.reconcile = this.addTask("reconcile", { timeout: Duration.minutes(10), memoryMiB: 512 });
    this.sources.grantObserve(this.reconcile, this.#region);
    this.grantCatalog(this.reconcile);
    props.vault.grantWriteIndex(this.reconcile, "reconcile");
    grantMirrorFrom(environment, otherRegion(environment, this.#region), this.reconcile);

    this.verify = this.addTask("verify", { timeout: Duration.minutes(15), memoryMiB: 512 });
    this.sources.grantReadDrops(this.verify);
    this.grantCatalog(this.verify);
    // One archive may take the whole of an invocation.
    this.verifyQueue = this.addQueue(this.verify, { batch: 1, window: Duration.seconds(0), concurrency: 10 });

    this.#addWatch();
    this.#addExpire();
    this.#addReaper();
    this.#addRestore();
    const api = addApi(this, environment);

    const alert = this.#addAlert(api.url);
    addDelivery(this, environment, props.vault).letSend(alert);
    addChannelHealth(this, environment, props.vault);

    this.#wakeReconcile();
    tellEnds(this, environment, { page: this.topics.page, deadLetters: alert.deadLetters });
  }

  /** A function with everything that the environment gives each of them. */
  addTask(task: TaskName, { variables, ...settings }: TaskSettings): Task {
    const { environment, bundles, vault } = this.#props;
    return new Task(this, capitalized(settings.of ? `${task}-${settings.of}` : task), {
      environment,
      task,
      bundles,
      page: this.topics.page,
      variables: {
        HOLDFAST_VAULT_KEY_ARN: vault.key.keyArn,
        HOLDFAST_PAGE_TOPIC_ARN: this.topics.page.topicArn,
        HOLDFAST_NOTIFY_TOPIC_ARN: this.topics.notify.topicArn,
        ...variables,
      },
      ...settings,
    });
  }

  /** The queue that feeds a function. */
  addQueue(task: Task, feed: { batch: number; window: Duration; concurrency: number }): WorkQueue {
    const { environment } = this.#props;
    return new WorkQueue(this, `${capitalized(task.name)}Queue`, {
      environment,
      task,
      page: this.topics.page,
      ...feed,
    });
  }

  /** Lets the task remember what it answered to requests with a key. */
  grantRemember(task: Task): void {
    this.#props.vault.grantRemember(task);
  }

  /** Lets the task read and record facts, and say so on the bus. */
  grantCatalog(task: Task): void {
    const { environment, vault } = this.#props;
    vault.grantRead(task);
    vault.grantRecord(task);
    const bus = regionalArn(environment, "events", this.#region, `event-bus/${busName(environment)}`);
    task.allow(["events:PutEvents"], [bus]);
  }

  /** Sends Holdfast's own events of the given types to a target. */
  routeDomain(id: string, detailType: DomainEventType[], to: RouteProps["to"]): void {
    route(this, id, { bus: this.bus, pattern: { source: [eventSource], detailType }, to });
  }

  /** It looks at both regions, so that either can tell how things stand when the other does not answer. */
  #addWatch(): void {
    const { environment, vault } = this.#props;
    // It ends before the next one begins.
    const watch = this.addTask("watch", { timeout: Duration.minutes(4), memoryMiB: 512 });
    for (const region of [environment.primaryRegion, environment.recoveryRegion])
      this.sources.grantObserve(watch, region);
    this.grantCatalog(watch);
    grantList(environment, otherRegion(environment, this.#region), watch);
    vault.grantWriteIndex(watch, "status");
    watch.allow(["cloudwatch:PutMetricData"], ["*"], {
      why: "CloudWatch knows no resource for it; the condition narrows it to Holdfast's own metrics.",
      when: { StringEquals: { "cloudwatch:namespace": metricsNamespace } },
    });
    watch.allow(["cloudwatch:GetMetricData"], ["*"], { why: "CloudWatch knows no resource for it." });
    // That it ran is told by the trace that it leaves when it comes to its end.
    runEvery(this, "WatchSchedule", watchEveryMinutes, watch, { alarmed: false });
    alarmHeartbeats(this, environment, { page: this.topics.page, everyMinutes: watchEveryMinutes });
  }

  /** The only one that may delete: in this region alone, and nothing that it could also change at its source. */
  #addExpire(): void {
    const { environment, vault } = this.#props;
    const expire = this.addTask("expire", { timeout: Duration.minutes(15), memoryMiB: 512 });
    this.sources.grantObserve(expire, this.#region);
    this.sources.grantDeleteSnapshots(expire, this.#region);
    this.grantCatalog(expire);
    grantMirrorFrom(environment, otherRegion(environment, this.#region), expire);
    vault.grantExpireArchives(expire);
    runEvery(this, "ExpireSchedule", expireEveryMinutes, expire);
    const wished = new LambdaFunction(expire.function, { deadLetterQueue: expire.deadLetters });
    this.routeDomain("Expiry", ["Expiry Requested"], wished);
  }

  /** Takes away what restored databases were left behind, wherever they were restored: an untagged one it cannot. */
  #addReaper(): void {
    const { environment } = this.#props;
    const reaper = this.addTask("reaper", { timeout: Duration.minutes(5), memoryMiB: 256 });
    grantSeeDatabases(environment, this.#region, reaper);
    grantRemoveScratch(environment, this.#region, reaper);
    this.grantCatalog(reaper);
    runEvery(this, "ReaperSchedule", reapEveryMinutes, reaper);
  }

  /** Brings back what was lost, in this region from what is in it. People start it; it may delete no copy. */
  #addRestore(): void {
    const { environment, vault } = this.#props;
    const restore = this.addTask("restore", {
      timeout: Duration.minutes(15),
      memoryMiB: 1_024,
      // An approval may take a day, and a large database another two.
      durable: { executionTimeout: Duration.days(7), retention: Duration.days(30) },
    });
    const access = new RestoreAccess(environment, this.#region);
    access.grantRestoreDatabases(restore);
    access.grantWriteObjects(restore);
    if (this.#region === environment.recoveryRegion) access.grantReadCopies(restore, vault);
    else {
      this.sources.grantReadBuckets(restore);
      this.sources.grantReadDrops(restore);
    }
    this.grantCatalog(restore);
    restore.letAskAbout(this.reconcile);
    addHydrator(this, environment, { region: this.#region, restore });
  }

  /** Tells people: each minute, and seconds after something hints that a finding changed. Many hints become one pass. */
  #addAlert(apiUrl: string): Task {
    const { environment, vault } = this.#props;
    const alert = this.addTask("alert", {
      timeout: Duration.seconds(tellTimeoutSeconds),
      memoryMiB: 256,
      variables: { HOLDFAST_API_URL: apiUrl },
    });
    vault.grantRead(alert);
    vault.grantRecordTold(alert);
    // Before it tells, it looks whether the other region knows of an end or of somebody who is on it.
    grantMirrorFrom(environment, otherRegion(environment, this.#region), alert);
    this.topics.grantPublish(alert);
    runEvery(this, "AlertSchedule", 1, alert);
    const hints = this.addQueue(alert, { batch: 1_000, window: Duration.seconds(5), concurrency: 2 });
    this.routeDomain("Alerts", ["Finding Changed"], hints.target);
    return alert;
  }

  #wakeReconcile(): void {
    const { environment } = this.#props;
    runEvery(this, "Schedule", reconcileEveryMinutes, this.reconcile);
    // Many hints become one pass. No reserved concurrency: two passes at once do no harm, and a reservation would
    // take from the account's pool.
    const wake = this.addQueue(this.reconcile, { batch: 1_000, window: Duration.seconds(5), concurrency: 2 });
    for (const [detailType, ids] of Object.entries(rdsEvents)) {
      route(this, detailType.replaceAll(/\W/g, ""), {
        pattern: {
          source: ["aws.rds"],
          detailType: [detailType],
          detail: { EventID: ids.map((id) => `RDS-EVENT-${id}`) },
        },
        to: wake.target,
      });
    }
    const there = otherRegion(environment, this.#region);
    const here = factsOf(vaultName(environment, this.#region));
    route(this, "FactsHere", { pattern: here, to: wake.target });
    route(this, "FactsToOther", {
      pattern: here,
      to: intoOtherBus(this, environment, there, this.reconcile.deadLetters),
    });
    route(this, "FactsFromOther", {
      bus: this.bus,
      pattern: factsOf(vaultName(environment, there)),
      to: wake.target,
    });
  }
}

/** New facts about points and drills in a vault. */
function factsOf(vault: string) {
  return {
    source: ["aws.s3"],
    detailType: ["Object Created"],
    detail: {
      bucket: { name: [vault] },
      object: { key: [{ prefix: "catalog/points/" }, { prefix: "catalog/drills/" }] },
    },
  };
}

function capitalized(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
