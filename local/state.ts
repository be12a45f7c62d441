import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Twin } from "./twin.ts";

/** Writes what every service keeps into one file, whole or not at all. */
export function saveState(twin: Twin, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const saved = Object.fromEntries(
    twin.services().flatMap((service) => (service.save ? [[service.name, service.save()]] : [])),
  );
  const file = join(folder, "state.json");
  writeFileSync(`${file}.new`, JSON.stringify(saved));
  renameSync(`${file}.new`, file);
}

/** Gives every service back what it kept. `false` if there is nothing yet. */
export async function loadState(twin: Twin, folder: string): Promise<boolean> {
  let text: string;
  try {
    text = readFileSync(join(folder, "state.json"), "utf8");
  } catch {
    return false;
  }
  const saved = JSON.parse(text) as Record<string, unknown>;
  for (const service of twin.services()) {
    if (saved[service.name] !== undefined) await service.load?.(saved[service.name]);
  }
  return true;
}
