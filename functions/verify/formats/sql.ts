import { type Bytes, damaged } from "../bytes.ts";
import type { Reading } from "../reading.ts";

/** A tool that writes plain SQL: how its dumps begin, and how every whole one ends. */
const tools = [
  {
    name: "pg_dump",
    begins: /^--\n-- PostgreSQL database dump\n--\n/,
    ends: /\n--\n-- PostgreSQL database dump complete\n--\n\n(\\unrestrict \w+\n\n)?$/,
  },
  {
    name: "pg_dumpall",
    begins: /^--\n-- PostgreSQL database cluster dump\n--\n/,
    ends: /\n--\n-- PostgreSQL database cluster dump complete\n--\n\n$/,
  },
  {
    name: "mysqldump",
    begins: /^(\/\*M?!999999\\- enable the sandbox mode \*\/ ?\n)?-- (MySQL|MariaDB) dump /,
    ends: /\n-- Dump completed( on \d{4}-\d\d-\d\d +\d{1,2}:\d\d:\d\d)?\n$/,
  },
  {
    name: "sqlite3 .dump",
    begins: /^PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n/,
    ends: /\nCOMMIT;\n$/,
  },
];

const endBytes = 1_024;

/** Whether the bytes begin as one of the known tools' plain SQL dumps. */
export function beginsAsSql(start: Buffer): boolean {
  return toolOf(start) !== undefined;
}

/** Reads a plain SQL dump: it must end as its tool ends it and hold no zero byte. SQL has no checksum. */
export async function readSql(input: Bytes, reading: Reading): Promise<void> {
  const start = await input.peek(endBytes);
  if (start.length === 0) throw damaged("there is nothing in it");
  let end: Buffer = Buffer.alloc(0);
  let statements = false;
  await input.drain((chunk) => {
    if (chunk.includes(0)) {
      throw damaged("it holds zero bytes, which no SQL dump does: part of it was never written");
    }
    statements ||= chunk.includes(";");
    end =
      chunk.length >= endBytes ? chunk.subarray(-endBytes) : Buffer.concat([end, chunk]).subarray(-endBytes);
  });
  const tool = toolOf(start);
  const tail = text(end);
  if (tool && !tool.ends.test(tail)) {
    throw damaged(`it does not end as ${tool.name} ends a dump: it is cut short`);
  }
  const token = /\n\\restrict (\w+)\n/.exec(text(start))?.[1];
  if (tool?.name === "pg_dump" && token && !tail.endsWith(`\n\\unrestrict ${token}\n\n`)) {
    throw damaged(
      "its last \\unrestrict is not that of its \\restrict: it is cut short or put together from two",
    );
  }
  if (!tool && !(statements && /(;|\n *--[^\n]*|\nGO|\n\\\.|\*\/)\s*$/i.test(tail))) {
    throw damaged("it ends in the middle of a statement: it is cut short");
  }
  reading.evidence.push(
    tool
      ? `SQL: it begins and ends as ${tool.name} writes it`
      : "SQL of no known tool: it ends with a whole statement",
  );
}

function toolOf(start: Buffer) {
  const begin = text(start);
  return tools.find((tool) => tool.begins.test(begin));
}

/** Text with the line ends of Windows made plain. */
function text(bytes: Buffer): string {
  return bytes.toString("latin1").replaceAll("\r\n", "\n");
}
