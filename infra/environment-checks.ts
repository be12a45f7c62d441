import { parseDuration } from "../functions/core/duration.ts";
import { type Channel, channelName, isHttp } from "../functions/core/environment.ts";
import type { CheckedFile } from "./environment-file.ts";
import type { Mistake } from "./mistake.ts";
import { checkPlans } from "./plan-checks.ts";
import { checkRegions } from "./region-checks.ts";
import { checkRestores } from "./restore-checks.ts";
import { checkSources } from "./source-checks.ts";

/** What is wrong with a file whose fields are each right by themselves. */
export function checkTogether(file: CheckedFile): Mistake[] {
  return [
    ...checkRegions(file),
    ...checkChannels(file),
    ...checkAlertTimes(file),
    ...checkRestores(file),
    ...checkPlans(file),
    ...checkSources(file),
  ];
}

/** Least and most seconds within which an alert may have to be acknowledged. */
const acknowledgeSeconds = { least: 300, most: 7 * 86_400 };

function checkAlertTimes({ alerts: { quietHours, acknowledgeWithin } }: CheckedFile): Mistake[] {
  const mistakes: Mistake[] = [];
  if (quietHours && quietHours.from === quietHours.to) {
    const why = 'the same as "from", so that nothing would ever be told';
    mistakes.push({ path: ["alerts", "quietHours", "to"], why, write: 'another time, like "07:00"' });
  }
  for (const [priority, within] of Object.entries(acknowledgeWithin ?? {})) {
    const seconds = within ? parseDuration(within) : acknowledgeSeconds.least;
    if (seconds >= acknowledgeSeconds.least && seconds <= acknowledgeSeconds.most) continue;
    const soon = seconds < acknowledgeSeconds.least;
    mistakes.push({
      path: ["alerts", "acknowledgeWithin", priority],
      why: soon ? "sooner than a person can answer" : "so late that it would be forgotten",
      write: soon ? "at least 5m" : "at most 7d",
    });
  }
  return mistakes;
}

function checkChannels({ alerts }: CheckedFile): Mistake[] {
  const mistakes: Mistake[] = [];
  if (!alerts.page.some((channel) => !isHttp(channel))) {
    const why = "without an e-mail address or a phone number, and CloudWatch's alarms reach only those";
    const write = 'at least one of email("oncall@acme.example") and sms("+4915112345678") besides';
    mistakes.push({ path: ["alerts", "page"], why, write });
  }
  if (!alerts.notify && !alerts.page.some(({ kind }) => kind === "email")) {
    const why = 'and "page" has no e-mail address that could stand in';
    mistakes.push({ path: ["alerts", "notify"], why, write: '[email("ops@acme.example")]' });
  }
  for (const severity of ["page", "notify"] as const) {
    const seen = new Set<string>();
    for (const [index, channel] of (alerts[severity] ?? []).entries()) {
      const name = channelName(channel).toLowerCase();
      if (seen.has(name)) {
        const path = ["alerts", severity, index, naming[channel.kind] ?? "secret"];
        mistakes.push({ path, why: "which is in the list already", write: "it once" });
      }
      seen.add(name);
    }
  }
  return mistakes;
}

/** The field that tells channels of a kind apart; of the others it is `secret`. */
const naming: Partial<Record<Channel["kind"], string>> = { email: "address", sms: "number", webhook: "url" };
