import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A message as a person would receive it. */
export type OutboxMessage = {
  protocol: "email" | "sms";
  /** The address or the number. */
  to: string;
  /** Of email only. */
  subject?: string;
  text: string;
  topicArn?: string;
  messageId: string;
  /** ISO-8601 UTC. */
  at: string;
};

/** Takes every email and SMS that SNS delivers: listeners hear them, and a folder keeps one file for each. */
export class Outbox {
  readonly #listeners: ((message: OutboxMessage) => void)[] = [];
  readonly #folder: string | undefined;
  readonly messages: OutboxMessage[] = [];
  /** What was delivered before this process began, as it reads. */
  readonly earlier: readonly string[];

  constructor(folder?: string) {
    this.#folder = folder;
    this.earlier =
      folder && existsSync(folder)
        ? readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"))
        : [];
  }

  /** Hears every message from now on. */
  onMessage(listener: (message: OutboxMessage) => void): void {
    this.#listeners.push(listener);
  }

  /** Delivers one message. */
  deliver(message: OutboxMessage): void {
    this.messages.push(message);
    if (this.#folder) {
      mkdirSync(this.#folder, { recursive: true });
      const name = `${message.at.replace(/[-:.]/g, "")}-${message.protocol}-${message.messageId.slice(0, 8)}`;
      const recipient = message.to.replace(/[^A-Za-z0-9@.+-]/g, "_");
      writeFileSync(join(this.#folder, `${name}-${recipient}.txt`), asText(message));
    }
    for (const listener of this.#listeners) listener(message);
  }
}

/** The message as it reads: an email with its headers, or an SMS with its number. */
export function asText({ protocol, to, subject, text, at }: OutboxMessage): string {
  if (protocol === "sms") return `SMS to ${to} at ${at}\n\n${text}\n`;
  return `From: AWS Notifications <no-reply@sns.amazonaws.com>\nTo: ${to}\nDate: ${at}\nSubject: ${subject ?? "AWS Notification Message"}\n\n${text}\n`;
}
