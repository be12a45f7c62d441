import * as z from "zod/mini";
import { task } from "../glue.ts";
import { world } from "../world.ts";
import { reap } from "./reaper.ts";

/** Whatever wakes it, it looks at all of this region. */
export const handler = task(z.unknown(), (_hint, here) => reap(here), world);
