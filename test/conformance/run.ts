import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { help, readArguments, type Wish, WrongArguments } from "./arguments.ts";
import { cases } from "./cases.ts";
import { readDifferences } from "./differences.ts";
import { Bench, type Case } from "./place.ts";
import { type Outcome, runAll, sentenceOf } from "./suite.ts";

/*
 * `npm run conformance -- --help` tells what it takes.
 */
process.exitCode = await main(process.argv.slice(2)).catch((thrown: unknown) => {
  if (!(thrown instanceof WrongArguments)) throw thrown;
  process.stderr.write(`conformance: ${thrown.message}.\n`);
  return 2;
});

async function main(argv: string[]): Promise<number> {
  const wish = readArguments(argv);
  if (!wish) {
    process.stdout.write(help);
    return 0;
  }
  const known = wish.differences === undefined ? new Map() : readDifferences(wish.differences);
  const chosen = cases.filter(({ name }) => name.includes(wish.only));
  if (chosen.length === 0) throw new WrongArguments(`No case has ${JSON.stringify(wish.only)} in its name`);
  const strangers = [...known.keys()].filter((name) => !cases.some((one) => one.name === name));
  if (strangers.length > 0)
    throw new WrongArguments(`${wish.differences} lists what is no case: ${strangers.join("; ")}`);
  const bench = new Bench(wish.aim);
  await reach(bench);
  let ended = false;
  process.once("SIGINT", () => {
    ended = true;
    process.stderr.write(
      "\nconformance: ending; what was made is being removed. Ctrl-C again leaves it there.\n",
    );
  });
  const outcomes = await runAll(bench, chosen, {
    known,
    without: (one) => (ended ? "the run was ended" : lacking(wish, one)),
    tell: (outcome) => {
      if (!wish.json) process.stdout.write(`${lineOf(outcome)}\n`);
    },
  });
  const left = await bench.close().then(
    () => "",
    (thrown: unknown) => sentenceOf(thrown),
  );
  if (left) process.stderr.write(`conformance: what the cases shared ${left}\n`);
  process.stdout.write(wish.json ? `${JSON.stringify(outcomes, null, 2)}\n` : `${summaryOf(outcomes)}\n`);
  const bad = outcomes.some(({ outcome }) => outcome === "FAILED" || outcome === "GONE");
  return bad || ended || left ? 1 : 0;
}

/** Holds that there is something to talk to, so that its absence is one sentence and not a hundred. */
async function reach(bench: Bench): Promise<void> {
  const { endpoint } = bench.aim;
  try {
    if (endpoint) await fetch(endpoint, { signal: AbortSignal.timeout(10_000) });
    else await bench.here.sts.send(new GetCallerIdentityCommand({}));
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    throw new WrongArguments(`Nothing can be asked of ${endpoint ?? "AWS"} (${sentenceOf(cause)})`);
  }
}

function lacking({ aim, costly }: Wish, { needs }: Case): string | undefined {
  if (aim.endpoint) return undefined;
  if (needs === "database" && !costly) return "it needs --costly";
  if (needs === "role" && !aim.roleArn) return "it needs --role";
  return undefined;
}

function lineOf({ name, outcome, reason }: Outcome): string {
  return `${outcome.padEnd(8)} ${name}${reason ? `: ${reason}` : ""}`;
}

function summaryOf(outcomes: Outcome[]): string {
  const counts = ["ok", "differs", "not run", "GONE", "FAILED"].map((kind) => {
    const count = outcomes.filter(({ outcome }) => outcome === kind).length;
    return count > 0 ? `${count} ${kind}` : "";
  });
  return `${outcomes.length} cases: ${counts.filter(Boolean).join(", ")}`;
}
