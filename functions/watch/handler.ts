import * as z from "zod/mini";
import { task } from "../glue.ts";
import { watchWorld } from "../watch-world.ts";
import { watch } from "./watch.ts";

/** Whatever wakes it, it looks at everything. An error makes the invocation fail, and its trace is missing. */
export const handler = task(z.unknown(), (_hint, here) => watch(here), watchWorld);
