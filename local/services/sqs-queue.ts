import type { Clock } from "../clock.ts";
import { newId } from "./ids.ts";

/** A message as the queue keeps it. Instants in ms since 1970 UTC. */
export type QueuedMessage = {
  id: string;
  body: string;
  attributes: Record<string, unknown>;
  sentAt: number;
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt?: number;
  /** The handle of the newest receive; only it deletes the message. */
  receipt?: string;
  /** Of a message that came through a redrive policy: the queue that gave it up. */
  deadLetterSourceArn?: string;
};

/** What a queue writes to disk. */
export type SavedQueue = { attributes: Record<string, string>; messages: QueuedMessage[] };

/**
 * One standard queue: at-least-once, in no promised order, each received message hidden until its visibility
 * timeout ends (SQS developer guide, visibility timeout). Attributes are strings, as in the API.
 */
export class Queue {
  readonly arn: string;
  attributes: Record<string, string>;
  messages: QueuedMessage[] = [];
  readonly #clock: Clock;
  readonly #giveUp: (message: QueuedMessage, deadLetterArn: string) => boolean;
  #waiting = new Set<() => void>();

  /** `giveUp` puts a message into the dead-letter queue with the ARN; `false` if there is none. */
  constructor(
    arn: string,
    attributes: Record<string, string>,
    clock: Clock,
    giveUp: (message: QueuedMessage, deadLetterArn: string) => boolean,
  ) {
    this.arn = arn;
    this.attributes = attributes;
    this.#clock = clock;
    this.#giveUp = giveUp;
  }

  /** A numeric attribute, or what AWS takes where none is set. */
  setting(
    name: "VisibilityTimeout" | "DelaySeconds" | "MessageRetentionPeriod" | "MaximumMessageSize",
  ): number {
    return Number(this.attributes[name] ?? defaults[name]);
  }

  /** Adds a message that is hidden for so many seconds. */
  send(body: string, attributes: Record<string, unknown>, delaySeconds: number): QueuedMessage {
    const now = this.#clock.now();
    const message = {
      id: newId(),
      body,
      attributes,
      sentAt: now,
      visibleAt: now + delaySeconds * 1_000,
      receiveCount: 0,
    };
    this.put(message);
    return message;
  }

  /** Adds a message as it is. */
  put(message: QueuedMessage): void {
    this.messages.push(message);
    this.#wakeAt(message.visibleAt);
  }

  /** Takes up to `max` visible messages, waiting up to `waitSeconds` for the first one. */
  async receive(max: number, waitSeconds: number, visibilitySeconds: number): Promise<QueuedMessage[]> {
    const until = this.#clock.now() + waitSeconds * 1_000;
    for (;;) {
      const taken = this.#take(max, visibilitySeconds);
      if (taken.length > 0 || this.#clock.now() >= until) return taken;
      await this.#changeBefore(until);
    }
  }

  /** Deletes what the handle names. A handle that is not the newest deletes nothing, as AWS warns. */
  delete(receipt: string): void {
    this.messages = this.messages.filter((message) => message.receipt !== receipt);
  }

  /** Hides the message for so many seconds from now; 0 shows it at once. `false` if the handle names none in flight. */
  hide(receipt: string, seconds: number): boolean {
    const message = this.messages.find((candidate) => candidate.receipt === receipt);
    if (!message || message.visibleAt <= this.#clock.now()) return false;
    message.visibleAt = this.#clock.now() + seconds * 1_000;
    this.#wakeAt(message.visibleAt);
    return true;
  }

  /** How many messages are visible, hidden after a receive, and delayed. */
  counts(): { visible: number; inFlight: number; delayed: number } {
    const now = this.#clock.now();
    const hidden = this.messages.filter((message) => message.visibleAt > now);
    const inFlight = hidden.filter((message) => message.receiveCount > 0).length;
    return { visible: this.messages.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  /** Ends every wait, so that nothing holds a closed queue. */
  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  #take(max: number, visibilitySeconds: number): QueuedMessage[] {
    const now = this.#clock.now();
    const keptSince = now - this.setting("MessageRetentionPeriod") * 1_000;
    this.messages = this.messages.filter((message) => message.sentAt >= keptSince);
    const taken: QueuedMessage[] = [];
    const redrive = this.attributes.RedrivePolicy ? JSON.parse(this.attributes.RedrivePolicy) : undefined;
    const left = new Set<QueuedMessage>();
    for (const message of this.messages) {
      if (taken.length >= max) break;
      if (message.visibleAt > now) continue;
      if (redrive && message.receiveCount >= Number(redrive.maxReceiveCount)) {
        if (this.#giveUp(message, redrive.deadLetterTargetArn)) left.add(message);
        continue;
      }
      message.receiveCount++;
      message.firstReceivedAt ??= now;
      message.visibleAt = now + visibilitySeconds * 1_000;
      message.receipt = newId();
      this.#wakeAt(message.visibleAt);
      taken.push(message);
    }
    if (left.size > 0) this.messages = this.messages.filter((message) => !left.has(message));
    return taken;
  }

  #wakeAt(ms: number): void {
    if (ms <= this.#clock.now()) this.wake();
    else this.#clock.at(ms, () => this.wake());
  }

  #changeBefore(until: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.at(until, () => done());
      const done = () => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
    });
  }
}

/** SQS developer guide, queue parameters; a message may have 1 MiB since August 2025. */
const defaults = {
  VisibilityTimeout: 30,
  DelaySeconds: 0,
  MessageRetentionPeriod: 345_600,
  MaximumMessageSize: 1_048_576,
} as const;
