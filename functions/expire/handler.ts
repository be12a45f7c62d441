import * as z from "zod/mini";
import { task } from "../glue.ts";
import { world } from "../world.ts";
import { expire } from "./expire.ts";

/** Whatever wakes it (the schedule, a person's wish), it looks at everything of this region. */
export const handler = task(z.unknown(), (_hint, here, call) => expire(here, call), world);
