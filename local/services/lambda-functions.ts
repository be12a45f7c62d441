import { AwsError, type Twin } from "../twin.ts";
import { embeddedIn } from "./cloudwatch-embedded.ts";
import { parseArn } from "./ids.ts";
import { type Ended, type FunctionSpec, LambdaFunction } from "./lambda-function.ts";

/** A published version: the function as it was then. `code` tells one publishing from another. */
type Version = { code: string; spec: FunctionSpec };
type Entry = { latest: FunctionSpec; versions: Version[]; aliases: Record<string, string> };

/** What a name given to Lambda means. */
export type Target = {
  spec: FunctionSpec;
  /** "$LATEST" or a number. */
  version: string;
  /** Whether the caller named a version or an alias. */
  qualified: boolean;
  fn: LambdaFunction;
};

/** Execution environments of one function, at most: enough for two invocations to meet, few enough for a laptop. */
export const maxAtOnce = 2;

/** The functions of all regions, with their versions and aliases, and the execution environments of each. */
export class Functions {
  readonly #twin: Twin;
  readonly #onLine: (functionName: string, region: string, line: string) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #running = new Map<string, LambdaFunction>();

  constructor(twin: Twin, onLine: (functionName: string, region: string, line: string) => void) {
    this.#twin = twin;
    this.#onLine = onLine;
  }

  /** Puts up a function, or its new code; versions that are published stay as they are. */
  create(spec: FunctionSpec): void {
    const entry = this.#entries.get(spec.arn) ?? { latest: spec, versions: [], aliases: {} };
    this.#entries.set(spec.arn, { ...entry, latest: spec });
    this.#running.delete(`${spec.arn}:$LATEST`);
    // The stand-in may have been started anew, at another port.
    const { AWS_ENDPOINT_URL } = spec.variables;
    for (const { spec: published } of entry.versions) {
      if (AWS_ENDPOINT_URL) published.variables = { ...published.variables, AWS_ENDPOINT_URL };
      if (spec.run) published.run ??= spec.run;
    }
  }

  /** Takes a function away, with its versions and aliases. */
  delete(given: string, region: string): object {
    const { arn } = this.named(given, region);
    this.#entry(arn);
    this.#entries.delete(arn);
    return {};
  }

  /** Publishes a version. The same code again is the version that there is (API reference, PublishVersion). */
  publish(functionArn: string, code: string): string {
    const { versions, latest } = this.#entry(functionArn);
    if (versions.at(-1)?.code !== code) versions.push({ code, spec: { ...latest } });
    return String(versions.length);
  }

  /** Points an alias to a version. */
  alias(functionArn: string, name: string, version: string): string {
    this.#entry(functionArn).aliases[name] = version;
    return `${functionArn}:${name}`;
  }

  /** The function that a name, a partial ARN or an ARN means, each perhaps with a version or an alias. */
  resolve(given: string, region: string, qualifier?: string): Target {
    const { arn, named = qualifier } = this.named(given, region);
    const entry = this.#entries.get(arn);
    const version = entry?.aliases[named ?? ""] ?? named ?? "$LATEST";
    const spec = version === "$LATEST" ? entry?.latest : entry?.versions[Number(version) - 1]?.spec;
    if (!spec) {
      const full = named === undefined ? arn : `${arn}:${named}`;
      throw new AwsError("ResourceNotFoundException", `Function not found: ${full}`, 404);
    }
    return { spec, version, qualified: named !== undefined, fn: this.#environments(spec, version) };
  }

  /** The unqualified ARN in a name of a function, and the version or alias in it. */
  named(given: string, region: string): { arn: string; named?: string } {
    const parts = /^(?:arn:aws:lambda:([^:]+):)?(?:(\d{12}):)?(?:function:)?([^:]+)(?::(.+))?$/.exec(given);
    const [, at = region, account = this.#twin.account, name = given, named] = parts ?? [];
    const arn = `arn:aws:lambda:${at}:${account}:function:${name}`;
    return named === undefined ? { arn } : { arn, named };
  }

  /** What ListFunctions shows of those in a region. */
  list(region: string): FunctionSpec[] {
    return [...this.#entries.values()]
      .map(({ latest }) => latest)
      .filter(({ arn }) => parseArn(arn).region === region);
  }

  /** Published versions outlive a restart: executions under way go on with the code that they began with. */
  save(): unknown {
    return [...this.#entries].map(([arn, { versions, aliases, latest }]) => {
      const { run: _, ...spec } = latest;
      const kept = versions.map(({ code, spec: { run: _run, ...published } }) => ({ code, spec: published }));
      return [arn, { latest: spec, versions: kept, aliases }];
    });
  }

  load(state: unknown): void {
    for (const [arn, entry] of state as [string, Entry][]) this.#entries.set(arn, entry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map((fn) => fn.close()));
  }

  #entry(arn: string): Entry {
    const entry = this.#entries.get(arn);
    if (!entry) throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
    return entry;
  }

  #environments(spec: FunctionSpec, version: string): LambdaFunction {
    const key = `${spec.arn}:${version}`;
    const there = this.#running.get(key);
    if (there) return there;
    const { region } = parseArn(spec.arn);
    const onLine = (line: string) => {
      this.#onLine(spec.name, region, line);
      for (const measure of embeddedIn(line, region)) this.#twin.measure(measure);
    };
    const made = new LambdaFunction(spec, { onLine, maxAtOnce, version, onRun: () => this.#measure(spec) });
    this.#running.set(key, made);
    return made;
  }

  /** What Lambda reports of each invocation, stamped with its beginning (developer guide, function metrics). */
  #measure({ name: FunctionName, arn }: FunctionSpec): (ended: Ended) => void {
    const atMs = this.#twin.clock.now();
    const about = {
      region: parseArn(arn).region,
      namespace: "AWS/Lambda",
      dimensions: { FunctionName },
      atMs,
    };
    this.#twin.measure({ ...about, name: "Invocations", value: 1, unit: "Count" });
    return (ended) => {
      this.#twin.measure({ ...about, name: "Errors", value: "error" in ended ? 1 : 0, unit: "Count" });
      const value = this.#twin.clock.now() - atMs;
      this.#twin.measure({ ...about, name: "Duration", value, unit: "Milliseconds" });
    };
  }
}
