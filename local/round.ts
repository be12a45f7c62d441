import type { Account } from "./account.ts";
import type { Sample } from "./samples.ts";

/** What the first full round must bring, line by line, with how far it is. */
export type Round = { done: boolean; missing: string[]; news: string[] };

/** Where the local environment's vaults are; the same names as functions/core/names.ts gives. */
const vaults = [
  { region: "eu-west-1", bucket: "holdfast-local-000000000000-eu-west-1" },
  { region: "eu-central-1", bucket: "holdfast-local-000000000000-eu-central-1" },
] as const;

/** Watches the vaults as a stranger would, by listing them, and tells what is new and what is still owed. */
export function watchRound(account: Account, samples: Sample[]): () => Promise<Round> {
  const seen = new Set<string>();
  const archives = samples.filter(({ key }) => !key.endsWith(".sha256"));
  const good = archives.filter(({ bad }) => !bad).length;
  const bad = archives.filter(({ bad }) => bad).map(({ key }) => key);
  return async () => {
    const news: string[] = [];
    const keys: string[] = [];
    for (const { region, bucket } of vaults) {
      for (const { Key: key } of await listAll(account, region, bucket, "catalog/")) {
        keys.push(key);
        if (seen.has(`${region}/${key}`)) continue;
        seen.add(`${region}/${key}`);
        const said = await sayFact(account, region, bucket, key);
        if (said) news.push(said);
      }
    }
    const has = (pattern: RegExp) => keys.some((key) => pattern.test(key));
    const inBoth = (pattern: RegExp) => keys.filter((key) => pattern.test(key)).length >= vaults.length;
    const verifiedIn = (region: string) =>
      new Set(
        keys.filter(
          (key) => key.startsWith("catalog/points/nightly-erp/") && key.endsWith(`/verified-${region}.json`),
        ),
      ).size;
    const { earlier, messages } = account.outbox;
    const alerts = [...earlier, ...messages.map(({ text }) => text)].join("\n");
    const owed: [string, boolean][] = [
      ["the snapshot of orders is available", has(/points\/orders\/[^/]+\/available/)],
      [
        "its copy is in eu-central-1, and both vaults know",
        inBoth(/points\/orders\/[^/]+\/copied-eu-central-1/),
      ],
      ["uploads is replicated", has(/points\/uploads\/[^/]+\/copied-eu-central-1/)],
      ["every object of uploads is in its replica", await replicated(account)],
      [`${good} good archives are verified in eu-west-1`, verifiedIn("eu-west-1") >= good],
      [`${good} good archives are verified in eu-central-1`, verifiedIn("eu-central-1") >= good],
      ["a drill of orders passed", has(/drills\/orders\/[^/]+\/finished/)],
      ["a drill of uploads passed", has(/drills\/uploads\/[^/]+\/finished/)],
      ...bad.map((key): [string, boolean] => [`${key} is reported`, alerts.includes(key)]),
    ];
    const missing = owed.filter(([, there]) => !there).map(([what]) => what);
    return { done: missing.length === 0, missing, news };
  };
}

/** Whether every object of the bucket is in its replica: as large, and written there later (the ETags differ with the keys). */
async function replicated(account: Account): Promise<boolean> {
  const replica = "holdfast-local-uploads-000000000000-eu-central-1";
  const copies = await listAll(account, "eu-central-1", replica, "");
  const there = new Map(copies.map((copy) => [copy.Key, copy]));
  const here = await listAll(account, "eu-west-1", "acme-uploads", "");
  return here.every(({ Key, Size, LastModified }) => {
    const copy = there.get(Key);
    return copy?.Size === Size && copy.LastModified >= LastModified;
  });
}

type Listed = { Key: string; Size: number; LastModified: Date };

async function listAll(account: Account, region: string, Bucket: string, Prefix: string): Promise<Listed[]> {
  const objects: Listed[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = (await account.call("s3", region, "ListObjectsV2", {
      Bucket,
      Prefix,
      ContinuationToken,
    })) as {
      Contents: Listed[];
      NextContinuationToken?: string;
    };
    objects.push(...page.Contents);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return objects;
}

type Fact = {
  artefact?: { id: string; keyArn?: string };
  sweep?: { objects: number; bytes: number };
  archive?: { key: string; sha256?: string; formats?: string[] };
  finding?: { message: string; region: string };
  region?: string;
  outcome?: string;
  point?: string;
  secondsToChecked?: number;
  fingerprint?: { sha256: string; rows: number };
  objects?: { sampled: number; changed: number };
};

/** One line for a fact that people want to see, when its own region has recorded it. */
async function sayFact(
  account: Account,
  region: string,
  Bucket: string,
  Key: string,
): Promise<string | undefined> {
  const [, kind, source, , file] = Key.split("/");
  const name = file?.slice(0, -".json".length) ?? "";
  if (kind === "sources") return undefined;
  const answer = (await account.call("s3", region, "GetObject", { Bucket, Key })) as {
    Body: { transformToString(): Promise<string> };
  };
  const fact = JSON.parse(await answer.Body.transformToString()) as Fact;
  if (kind === "drills")
    return name === "finished" && fact.region === region ? sayDrill(source, fact) : undefined;
  if (kind === "findings" && fact.finding?.region !== region) return undefined;
  if (kind === "findings")
    return name === "opened" && fact.finding ? `finding    ${fact.finding.message}` : undefined;
  if (fact.region !== region && !(fact.sweep && name.startsWith("copied-"))) return undefined;
  if (fact.artefact && name === "available")
    return `snapshot   ${source}: ${fact.artefact.id} is available in ${region}`;
  if (fact.artefact && name === `copied-${region}`)
    return `copy       ${source}: ${fact.artefact.id} is in ${region}, encrypted with that vault's key`;
  if (fact.sweep && name.startsWith("copied-") && region === "eu-west-1") {
    return `replica    ${source}: all ${fact.sweep.objects} objects (${fact.sweep.bytes} bytes) are in ${name.slice(7)}`;
  }
  if (fact.archive && name === `verified-${region}`) {
    const { key, formats, sha256 } = fact.archive;
    return `intact     ${key} in ${region}${formats?.length ? ` (${formats.join(", ")})` : ""} sha256 ${sha256?.slice(0, 12)}…`;
  }
  return undefined;
}

function sayDrill(source: string | undefined, fact: Fact): string {
  const { outcome, point, region, secondsToChecked = 0, fingerprint, objects } = fact;
  const read = objects
    ? `${objects.sampled} objects drawn at random and ${objects.changed} changed ones read again`
    : `restored and checked in ${Math.round(secondsToChecked)} s, ${fingerprint?.rows} rows with the fingerprint ${fingerprint?.sha256.slice(0, 12)}…`;
  return `drill      ${source}: ${outcome} on ${point} in ${region}, ${read}`;
}
