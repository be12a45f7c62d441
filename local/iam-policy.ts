/** One statement of a policy document, with every intrinsic function resolved. */
export type Statement = {
  Effect: "Allow" | "Deny";
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
};

/** What a call needs: one right on one resource, with the condition keys as the call sets them. */
export type Need = {
  action: string;
  resource: string;
  context: Record<string, string | string[] | undefined>;
};

/**
 * Whether the statements allow it (IAM user guide, policy evaluation logic, within one account): an explicit Deny
 * wins over any Allow. Throws an Error that names a condition operator it does not know.
 */
export function evaluate(statements: readonly Statement[], need: Need): "allowed" | "denied" | "not-allowed" {
  let allowed = false;
  for (const statement of statements) {
    if (!applies(statement, need)) continue;
    if (statement.Effect === "Deny") return "denied";
    allowed = true;
  }
  return allowed ? "allowed" : "not-allowed";
}

function applies(statement: Statement, { action, resource, context }: Need): boolean {
  // Actions are compared without regard to case, resources with it (IAM user guide, policy elements).
  const acts = (patterns: string | string[]) =>
    [patterns].flat().some((one) => like(one.toLowerCase(), action.toLowerCase()));
  const covers = (patterns: string | string[]) => [patterns].flat().some((one) => like(one, resource));
  if (statement.Action ? !acts(statement.Action) : acts(statement.NotAction ?? "*")) return false;
  if (statement.Resource ? !covers(statement.Resource) : covers(statement.NotResource ?? "*")) return false;
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, [wanted].flat().map(String), context[key])),
  );
}

type Compare = (actual: string, wanted: string) => boolean;

const comparisons: Record<string, Compare> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringLike: (actual, wanted) => like(wanted, actual),
  // ArnEquals and ArnLike behave alike (IAM user guide, condition operators).
  ArnEquals: (actual, wanted) => like(wanted, actual),
  ArnLike: (actual, wanted) => like(wanted, actual),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: (actual, wanted) => Number(actual) === Number(wanted),
  NumericLessThan: (actual, wanted) => Number(actual) < Number(wanted),
  NumericLessThanEquals: (actual, wanted) => Number(actual) <= Number(wanted),
  NumericGreaterThan: (actual, wanted) => Number(actual) > Number(wanted),
  NumericGreaterThanEquals: (actual, wanted) => Number(actual) >= Number(wanted),
};

function holds(operator: string, wanted: string[], actual: string | string[] | undefined): boolean {
  const [, set, name = "", ifExists] =
    /^(ForAnyValue:|ForAllValues:)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  if (name === "Null") return wanted.some((value) => (value === "true") === (actual === undefined));
  const positive = name.replace(/Not(?=Equals$|Like$)/, "");
  const compare = comparisons[positive];
  if (!compare) throw new Error(`not emulated: the condition operator ${operator}`);
  if (actual === undefined && ifExists) return true;
  const matches = (value: string) => wanted.some((one) => compare(value, one)) === (positive === name);
  const values = actual === undefined ? [] : [actual].flat();
  // A missing key fails a positive operator and satisfies a negated one; of sets, ForAllValues holds for none.
  if (set === "ForAllValues:") return values.every(matches);
  if (set === "ForAnyValue:") return values.some(matches);
  return values.length === 0 ? positive !== name : values.every(matches);
}

/** Whether the text matches a pattern with * and ?. */
function like(pattern: string, text: string): boolean {
  const source = [...pattern].map((one) => (one === "*" ? "[^]*" : one === "?" ? "[^]" : RegExp.escape(one)));
  return new RegExp(`^${source.join("")}$`).test(text);
}
