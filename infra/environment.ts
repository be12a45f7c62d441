import { parseDuration } from "../functions/core/duration.ts";
import type { Environment } from "../functions/core/environment.ts";
import type { DrillPlan, Plan } from "../functions/core/plan.ts";
import type { Source } from "../functions/core/source.ts";
import type { DrillFile } from "./drill-file.ts";
import { checkTogether } from "./environment-checks.ts";
import { type CheckedFile, EnvironmentFile, type PlanFile, type SourceFile } from "./environment-file.ts";
import { mistakesOf, refuse } from "./mistake.ts";
import type { RestoresFile } from "./restore-file.ts";
import type { SignInFile } from "./sign-in-file.ts";

export {
  dingtalk,
  email,
  feishu,
  pagerDuty,
  slack,
  sms,
  teams,
  webhook,
  weCom,
} from "./channel-file.ts";

/**
 * An environment: what is protected, how, and who hears of trouble. Checks everything before anything happens and
 * resolves it to what the functions read, durations in seconds. Throws one `Problem` invalid that has a sentence
 * for each mistake: the field, the value received, what to write.
 */
export function environment(file: EnvironmentFile): Environment {
  const parsed = EnvironmentFile.safeParse(file);
  if (!parsed.success) refuse(file, mistakesOf(parsed.error));
  const mistakes = checkTogether(parsed.data);
  if (mistakes.length > 0) refuse(file, mistakes);
  return resolve(parsed.data);
}

type Of<K extends SourceFile["kind"]> = Omit<Extract<SourceFile, { kind: K }>, "kind" | "name">;

/** An RDS DB instance, by its identifier. */
export function rdsInstance(name: string, fields: Of<"rds-instance">): SourceFile {
  return { ...fields, kind: "rds-instance", name };
}

/** An Aurora DB cluster, by its identifier. */
export function rdsCluster(name: string, fields: Of<"rds-cluster">): SourceFile {
  return { ...fields, kind: "rds-cluster", name };
}

/** A bucket of which every object is replicated. */
export function bucket(name: string, fields: Of<"bucket">): SourceFile {
  return { ...fields, kind: "bucket", name };
}

/** A folder of a bucket into which somebody else's tool drops archives; each is verified as it arrives. */
export function archives(name: string, fields: Of<"archives">): SourceFile {
  return { ...fields, kind: "archives", name };
}

function resolve(file: CheckedFile): Environment {
  const plans = Object.entries(file.plans).map(([name, plan]) => resolvePlan(name, plan));
  const byName = new Map(plans.map((plan) => [plan.name, plan]));
  return {
    name: file.name,
    account: file.account,
    primaryRegion: file.primaryRegion,
    recoveryRegion: file.recoveryRegion,
    profile: file.profile,
    alerts: resolveAlerts(file),
    ...(file.restores ? { restores: resolveRestores(file.restores) } : {}),
    ...(file.storage ? { storage: file.storage } : {}),
    ...(file.signIn ? { signIn: resolveSignIn(file.signIn) } : {}),
    plans,
    sources: file.sources.map((source) => resolveSource(source, byName.get(source.plan) as Plan)),
  };
}

function resolveSignIn({ issuer, audience, origins, ...file }: SignInFile): Environment["signIn"] {
  const { rolesClaim = "groups", clientId = audience, scope = "openid email" } = file;
  return { issuer, audience, rolesClaim, clientId, scope, ...(origins ? { origins } : {}) };
}

function resolveHydrate({ primary, recovery }: NonNullable<RestoresFile["hydrate"]>) {
  return { ...(primary ? { primary } : {}), ...(recovery ? { recovery } : {}) };
}

function resolveAlerts({ alerts, profile }: CheckedFile): Environment["alerts"] {
  const { page, notify = page.filter(({ kind }) => kind === "email") } = alerts;
  const { digest, quietHours, acknowledgeWithin } = alerts;
  const { canary = { every: profile === "protected" ? ("week" as const) : ("never" as const) } } = alerts;
  const within = Object.entries(acknowledgeWithin ?? {}).flatMap(([priority, text]) =>
    text ? [[priority, parseDuration(text)]] : [],
  );
  return {
    page,
    notify,
    ...(digest ? { digest: { ...digest, timeZone: digest.timeZone ?? "UTC" } } : {}),
    ...(canary.every === "week"
      ? { canary: { at: canary.at ?? "09:00", timeZone: canary.timeZone ?? "UTC" } }
      : {}),
    ...(quietHours ? { quietHours: { ...quietHours, timeZone: quietHours.timeZone ?? "UTC" } } : {}),
    ...(acknowledgeWithin ? { acknowledgeSeconds: Object.fromEntries(within) } : {}),
  };
}

function resolveRestores({ approval, network, hydrate, buckets }: RestoresFile): Environment["restores"] {
  const { subnetGroup, securityGroups: securityGroupIds } = network ?? {};
  const place = {
    ...(subnetGroup ? { subnetGroup } : {}),
    ...(securityGroupIds ? { securityGroupIds } : {}),
  };
  return {
    ...(approval ? { approval } : {}),
    ...(network ? { network: place } : {}),
    ...(hydrate ? { hydrate: resolveHydrate(hydrate) } : {}),
    ...(buckets ? { buckets } : {}),
  };
}

function resolvePlan(name: string, plan: PlanFile): Plan {
  return {
    name,
    everySeconds: parseDuration(plan.every),
    rpoSeconds: parseDuration(plan.rpo),
    ...(plan.rto ? { rtoSeconds: parseDuration(plan.rto) } : {}),
    keep: plan.keep,
    ...(plan.recoveryRpo ? { recoveryRpoSeconds: parseDuration(plan.recoveryRpo) } : {}),
    copies: plan.copies ?? ["recovery"],
    ...(plan.pointInTime
      ? { pointInTime: { reach: plan.pointInTime, days: plan.pointInTimeDays ?? 7 } }
      : {}),
    ...(plan.drill ? { drill: resolveDrill(plan.drill) } : {}),
    ...(plan.budget ? { budget: resolveBudget(plan.budget) } : {}),
    ...(plan.scrub ? { scrubSeconds: parseDuration(plan.scrub) } : {}),
  };
}

function resolveBudget({ rpo, rto }: NonNullable<PlanFile["budget"]>): NonNullable<Plan["budget"]> {
  return {
    ...(rpo ? { rpoSeconds: parseDuration(rpo) } : {}),
    ...(rto ? { rtoSeconds: parseDuration(rto) } : {}),
  };
}

function resolveDrill({ every, instanceClass, sql = [], sample }: DrillFile): DrillPlan {
  return {
    everySeconds: parseDuration(every),
    ...(instanceClass ? { instanceClass } : {}),
    sql,
    sample: sample ?? { confidence: 0.99, damage: 0.01 },
  };
}

function resolveSource(source: CheckedFile["sources"][number], plan: Plan): Source {
  switch (source.kind) {
    case "rds-instance": {
      const { checks, heartbeat, hydrate, ...rest } = source;
      const asked = { ...(checks ? { checks } : {}), ...(heartbeat ? { heartbeat } : {}) };
      return { ...rest, plan, ...asked, ...(hydrate ? { hydrate } : {}) };
    }
    case "rds-cluster": {
      const { checks, heartbeat, ...rest } = source;
      return { ...rest, plan, ...(checks ? { checks } : {}), ...(heartbeat ? { heartbeat } : {}) };
    }
    case "bucket": {
      const { deletions = "keep", keyArn, ...rest } = source;
      return { ...rest, plan, deletions, ...(keyArn ? { keyArn } : {}) };
    }
    case "archives": {
      const { arrives, keyArn, ...rest } = source;
      return { ...rest, plan, arrivesSeconds: parseDuration(arrives), ...(keyArn ? { keyArn } : {}) };
    }
  }
}
