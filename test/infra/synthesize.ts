import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { Environment } from "../../functions/core/environment.ts";
import { addStacks } from "../../infra/stacks.ts";
import { appContext, templatesOf } from "../../infra/templates.ts";

/*
 * `node test/infra/synthesize.ts <folder>` writes the templates and the assembly of the environment that it reads, as
 * JSON, for test/infra/synthesized.ts.
 */
const [folder = ""] = process.argv.slice(2);
const environment = Environment.parse(JSON.parse(readFileSync(0, "utf8")));
const code = join(folder, "code");
mkdirSync(code, { recursive: true });
writeFileSync(join(folder, "templates.json"), JSON.stringify(templatesOf(environment)));
writeFileSync(join(code, "index.mjs"), "export const handler = async () => {};");
const app = new App({ outdir: join(folder, "assembly"), postCliContext: appContext });
addStacks(app, environment, () => Code.fromAsset(code));
app.synth();
