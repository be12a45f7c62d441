import { readFileSync } from "node:fs";
import { WrongArguments } from "./arguments.ts";

/** Known differences of an endpoint, by the names of the cases: what it does instead. */
export type Differences = Map<string, string>;

/** Reads a Markdown table of known differences. Throws `WrongArguments`. */
export function readDifferences(file: string): Differences {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    throw new WrongArguments(`The table of differences ${file} cannot be read (${code})`);
  }
  return differencesOf(text, file);
}

/** The same from the table's text. Every row has the case, what AWS documents, and what is so instead. */
export function differencesOf(text: string, file: string): Differences {
  const found: Differences = new Map();
  const rows = text.split(/\r?\n/).map((line, index) => ({ line, number: index + 1 }));
  // The first two rows of a table are its head and the line below it.
  for (const { line, number } of rows.filter((row) => row.line.startsWith("|")).slice(2)) {
    const [before, name = "", documented = "", instead = "", after] = line
      .split("|")
      .map((cell) => cell.trim());
    if (before !== "" || after !== "" || !name || !documented || !instead)
      throw new WrongArguments(`${file}, line ${number} is no row | case | AWS documents | here instead |`);
    if (found.has(name)) throw new WrongArguments(`${file}, line ${number} lists ${name} a second time`);
    found.set(name, instead);
  }
  return found;
}
