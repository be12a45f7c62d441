import type { Clock } from "./clock.ts";

/** One AWS call, with its input in the shape of the SDK's command input. */
export type Call = {
  service: ServiceName;
  region: string;
  /** The API's name of the operation: "CopyDBSnapshot". */
  operation: string;
  input: Record<string, unknown>;
  /** Who calls: the access key id, which for a Lambda worker is its function's name. */
  principal: string;
  /** Of a call by an AWS service: the resource on whose behalf it calls, as in the condition key aws:SourceArn. */
  sourceArn?: string;
};

/** The services that the stand-in knows, by the name that SigV4 signs with. */
export type ServiceName =
  | "s3"
  | "rds"
  | "sns"
  | "events"
  | "scheduler"
  | "sqs"
  | "lambda"
  | "sts"
  | "kms"
  | "secretsmanager"
  | "monitoring";

/** One operation: input and output in the shapes of the SDK's command input and output. Throws `AwsError`. */
// biome-ignore lint/suspicious/noExplicitAny: each operation narrows its own input; the codec has checked nothing.
export type Operation = (input: any, call: Call) => unknown;

/** A service of the stand-in, over all regions. */
export type Service = {
  readonly name: ServiceName;
  readonly operations: Record<string, Operation>;
  /** The state to write to disk, as JSON; absent for services that have none worth keeping. */
  save?(): unknown;
  /** Takes back what `save` gave. Called before any operation. */
  load?(state: unknown): void | Promise<void>;
};

/** An error as AWS answers it: `code` is what the SDK puts into `error.name`. */
export class AwsError extends Error {
  readonly code: string;
  readonly httpStatus: number;
  /** More members of the error's shape, where the protocol has them. */
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, httpStatus = 400, details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
    this.details = details;
  }
}

/** An event as EventBridge delivers it to targets. */
export type AwsEvent = {
  version: "0";
  id: string;
  "detail-type": string;
  source: string;
  account: string;
  /** ISO-8601 UTC, to the second. */
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
};

/** What an AWS service has measured of one of its resources, or a function of itself: a data point of a metric. */
export type Measure = {
  region: string;
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  value: number;
  unit?: string;
  /** @default - now */
  atMs?: number;
};

/**
 * Stands around every call, outermost first: may answer in its place, throw, delay, or call `proceed` (once, to
 * let it happen). Faults, access control and the call log are interceptors.
 */
export type Interceptor = (call: Call, proceed: () => Promise<unknown>) => Promise<unknown>;

/** The stand-in for AWS: one account, several regions, one clock. */
export class Twin {
  readonly account: string;
  readonly clock: Clock;
  readonly interceptors: Interceptor[] = [];
  readonly #services = new Map<ServiceName, Service>();
  readonly #listeners: ((event: AwsEvent) => void)[] = [];
  readonly #meters: ((measure: Measure) => void)[] = [];
  #eventCount = 0;

  constructor({ account = "000000000000", clock }: { account?: string; clock: Clock }) {
    this.account = account;
    this.clock = clock;
  }

  /** Adds a service. */
  register(service: Service): void {
    this.#services.set(service.name, service);
  }

  /** A registered service, for those that work with it (S3 tells EventBridge, Scheduler invokes Lambda). */
  service(name: ServiceName): Service | undefined {
    return this.#services.get(name);
  }

  /** Every registered service. */
  services(): Service[] {
    return [...this.#services.values()];
  }

  /** Performs one call. Throws `AwsError`; "NotEmulated" (501) for what the stand-in does not know. */
  async call(call: Call): Promise<unknown> {
    const operation = this.#services.get(call.service)?.operations[call.operation];
    if (!operation) {
      throw new AwsError("NotEmulated", `not emulated: ${call.service}:${call.operation}`, 501);
    }
    let proceed = async () => operation(call.input, call);
    for (const interceptor of this.interceptors.toReversed()) {
      const inner = proceed;
      proceed = () => interceptor(call, inner);
    }
    return proceed();
  }

  /** An AWS service's own event on the region's default bus. */
  emit(
    event: Pick<AwsEvent, "detail-type" | "source" | "region" | "detail"> & { resources?: string[] },
  ): void {
    const full: AwsEvent = {
      version: "0",
      id: `00000000-0000-4000-8000-${String(++this.#eventCount).padStart(12, "0")}`,
      account: this.account,
      time: `${new Date(this.clock.now()).toISOString().slice(0, 19)}Z`,
      resources: [],
      ...event,
    };
    for (const listener of this.#listeners) listener(full);
  }

  /** Hears every event that `emit` sends. The events service is one listener; a simulation is another. */
  onEvent(listener: (event: AwsEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** A data point for CloudWatch. */
  measure(measure: Measure): void {
    for (const meter of this.#meters) meter(measure);
  }

  /** Hears everything that is measured. */
  onMeasure(meter: (measure: Measure) => void): void {
    this.#meters.push(meter);
  }
}
