import type { Answer } from "../functions/core/api/routes.ts";
import { Problem, problemCodes } from "../functions/core/problem.ts";
import type { ArchivesSource } from "../functions/core/source.ts";
import type { Client } from "./client.ts";
import type { Io, Options, Outcome } from "./verb.ts";

const pollMs = 2_000;

/** Has an archive of the drop read and checked again, whatever the catalog says, and waits for the outcome. */
export async function verifyArchive(
  { name: source }: ArchivesSource,
  what: string,
  client: Client,
  { timeoutSeconds }: Options,
  io: Io,
): Promise<Outcome> {
  const { key, check } = await client.ask("verifyArchive", { params: { source }, body: { what } });
  io.tell(`Asked for "${key}" to be read again.`);
  const endMs = io.now().getTime() + timeoutSeconds * 1_000;
  for (;;) {
    const { outcome } = await client.ask("getCheck", { params: { source, check } });
    if (outcome) return report({ source, what, key }, outcome);
    if (io.now().getTime() >= endMs) {
      const fix = "Look at the verify function's log and its dead-letter queue.";
      throw new Problem("unavailable", "The archive was not checked in time", fix);
    }
    await io.wait(pollMs);
  }
}

function report(
  { source, what, key }: { source: string; what: string; key: string },
  { point, intact, because, archive }: NonNullable<Answer<"getCheck">["outcome"]>,
): Outcome {
  const other =
    what !== key && what !== point ? [`  The key holds a newer archive than ${what}: ${point}`] : [];
  return {
    json: { source, key, point, intact, because, archive, restorable: "not proved" },
    text: [
      `${key}: ${intact ? "intact" : "NOT intact"}`,
      ...other,
      ...because.map((sentence) => `  ${sentence}`),
      ...(archive?.sha256 ? [`  SHA-256 ${archive.sha256}, ${archive.sizeBytes} bytes`] : []),
      ...(intact ? ["Not proved: that what is in it can be used. Restore it into a folder and try."] : []),
    ],
    exitCode: intact ? 0 : problemCodes.damaged.exitCode,
  };
}
