import { auditKey } from "../catalog/action-keys.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { AuditFact } from "../core/action.ts";
import { Problem } from "../core/problem.ts";
import { lastNumber } from "./audit-log.ts";
import type { Look } from "./operation.ts";

const usual = 50;

/** The audit log of one region, newest first, as this region's vault has it. */
export const listAudit: Look<"listAudit"> = async ({ query }, { world }) => {
  const { primaryRegion, recoveryRegion } = world.environment;
  const { region = world.region, limit, cursor } = query;
  if (region !== primaryRegion && region !== recoveryRegion)
    throw new Problem(
      "invalid",
      `"${region}" is no region of the environment`,
      `Write ${primaryRegion} or ${recoveryRegion}.`,
    );
  const newest = await lastNumber(world.catalog, region);
  const from = cursor === undefined ? newest : Math.min(newest, numberOf(cursor) - 1);
  const to = Math.max(0, from - Number(limit ?? usual));
  const numbers = Array.from({ length: from - to }, (_, index) => from - index);
  const entries = await Promise.all(numbers.map((number) => readEntry(world.catalog, region, number)));
  const items = entries.flatMap((entry) => entry ?? []);
  return { items, ...(to > 0 ? { next: cursorOf(to + 1) } : {}) };
};

/** One that was not mirrored yet, or cannot be read, is for `holdfast audit --verify` to tell. */
async function readEntry(catalog: Catalog, region: string, number: number) {
  const fact = await catalog.read(auditKey(region, number), AuditFact).catch(() => undefined);
  if (!fact) return undefined;
  const { schema: _, ...entry } = fact;
  return entry;
}

function cursorOf(number: number): string {
  return Buffer.from(`audit ${number}`).toString("base64url");
}

function numberOf(cursor: string): number {
  const number = /^audit ([1-9]\d{0,11})$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  if (number) return Number(number);
  throw new Problem(
    "invalid",
    "The cursor is none that this API gave out",
    "Take `next` of the page before.",
  );
}
