import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Made, Site } from "./resource.ts";
import { makers } from "./resources.ts";

type Json = unknown;
type Resource = { Type: string; Properties?: Json; DependsOn?: string | string[]; Condition?: string };
type Template = {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: Json; Export?: { Name: Json } }>;
};
type Artifact = {
  type: string;
  environment?: string;
  properties?: { templateFile?: string };
  dependencies?: string[];
};

/**
 * Puts the resources of a synthesized CDK assembly into the twin, stack by stack in the order of their
 * dependencies. It may be loaded again over what is there already. Throws an Error that names a resource type or
 * an intrinsic function it does not know.
 */
export async function loadAssembly(
  folder: string,
  site: Omit<Site, "region" | "assetFolder" | "stack">,
): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    artifacts: Record<string, Artifact>;
  };
  const exported = new Map<string, Json>();
  const done = new Set<string>();
  const load = async (id: string): Promise<void> => {
    const artifact = manifest.artifacts[id];
    if (!artifact || done.has(id)) return;
    done.add(id);
    for (const dependency of artifact.dependencies ?? []) await load(dependency);
    if (artifact.type !== "aws:cloudformation:stack") return;
    const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));
    const template = read(artifact.properties?.templateFile ?? "") as Template;
    const assets = read(`${id}.assets.json`) as { files: Record<string, { source: { path: string } }> };
    const assetFolder = (key: string) =>
      join(folder, assets.files[key.replace(/\.zip$/, "")]?.source.path ?? key);
    const region = artifact.environment?.split("/").at(-1) ?? "us-east-1";
    await loadStack(template, { ...site, region, assetFolder, stack: id }, exported);
  };
  for (const id of Object.keys(manifest.artifacts)) await load(id);
}

async function loadStack(template: Template, site: Site, exported: Map<string, Json>): Promise<void> {
  const made = new Map<string, Promise<Made>>();
  const make = (id: string): Promise<Made> => {
    const there = made.get(id);
    if (there) return there;
    const resource = template.Resources[id];
    if (!resource) throw new Error(`${site.stack} has no resource ${id}`);
    const making = (async () => {
      for (const other of [resource.DependsOn ?? []].flat()) await make(other);
      const maker =
        makers[resource.Type] ?? (resource.Type.startsWith("Custom::") ? makers["Custom::"] : undefined);
      if (!maker)
        throw new Error(`not emulated: the resource type ${resource.Type} (${id} in ${site.stack})`);
      return maker(
        site,
        id,
        (await resolve(resource.Properties ?? {})) as Record<string, never>,
        resource.Type,
      );
    })();
    made.set(id, making);
    return making;
  };

  async function resolve(value: Json): Promise<Json> {
    if (Array.isArray(value)) return Promise.all(value.map(resolve));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name === "Ref")
      return pseudo(site, String(argument)) ?? (await make(String(argument))).ref;
    if (entries.length === 1 && name?.startsWith("Fn::")) return call(name, argument);
    const resolved = await Promise.all(
      entries.map(async ([key, member]) => [key, await resolve(member)] as const),
    );
    return Object.fromEntries(resolved.filter(([, member]) => member !== undefined));
  }

  async function call(name: string, argument: Json): Promise<Json> {
    const args = (await (name === "Fn::GetAtt" ? argument : resolve(argument))) as unknown[];
    switch (name) {
      case "Fn::GetAtt": {
        const [id, attribute] = args as [string, string];
        const { attributes } = await make(id);
        if (attributes[attribute] === undefined)
          throw new Error(`${id} has no attribute ${attribute} in the stand-in`);
        return attributes[attribute];
      }
      case "Fn::Join":
        return (args[1] as string[]).join(args[0] as string);
      case "Fn::Select":
        return (args[1] as string[])[Number(args[0])];
      case "Fn::Split":
        return (args[1] as string).split(args[0] as string);
      case "Fn::ImportValue": {
        const value = exported.get(args as unknown as string);
        if (value === undefined) throw new Error(`nothing exports ${args}`);
        return value;
      }
      case "Fn::Sub":
        return String(args).replace(/\$\{(AWS::\w+)\}/g, (_, parameter) => pseudo(site, parameter) ?? "");
      case "Fn::GetAZs":
        return ["a", "b", "c"].map((zone) => `${site.region}${zone}`);
      case "Fn::FindInMap":
        return undefined;
      default:
        throw new Error(`not emulated: ${name}`);
    }
  }

  for (const id of Object.keys(template.Resources)) await make(id);
  for (const output of Object.values(template.Outputs ?? {})) {
    if (output.Export) exported.set(String(await resolve(output.Export.Name)), await resolve(output.Value));
  }
}

function pseudo({ region, account, stack }: Site, name: string): string | undefined {
  switch (name) {
    case "AWS::Region":
      return region;
    case "AWS::AccountId":
      return account;
    case "AWS::Partition":
      return "aws";
    case "AWS::URLSuffix":
      return "amazonaws.com";
    case "AWS::StackName":
      return stack;
    case "AWS::StackId":
      return `arn:aws:cloudformation:${region}:${account}:stack/${stack}/0`;
    default:
      return undefined;
  }
}
