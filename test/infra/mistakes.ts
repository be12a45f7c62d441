import { describe, expect, test } from "vitest";
import { Problem } from "../../functions/core/problem.ts";
import { environment } from "../../infra/environment.ts";
import { type Breakable, goodFile } from "./files.ts";

/** What the file is refused with. */
export function refusal(file: Breakable): string {
  try {
    environment(file);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Problem);
    expect((thrown as Problem).code).toBe("invalid");
    return (thrown as Problem).message;
  }
  throw new Error(`accepted: ${JSON.stringify(file)}`);
}

/** A good file with one change. */
export function broken(change: (file: Breakable) => void): Breakable {
  const file = goodFile();
  change(file);
  return file;
}

/** One change that makes a good file wrong, and the sentence that it is refused with. */
export type Mistake = [title: string, change: (file: Breakable) => void, sentence: string];

/** A test of each mistake: it is one sentence with the field, the value and what to write. */
export function mistakes(about: string, cases: readonly Mistake[]): void {
  describe(`a mistake about ${about} is one sentence with the field, the value and what to write:`, () => {
    for (const [title, change, sentence] of cases) {
      test(title, () => {
        expect(refusal(broken(change))).toBe(`The environment file is refused: ${sentence.slice(0, -1)}`);
      });
    }
  });
}
