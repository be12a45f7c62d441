import * as z from "zod/mini";
import { channelsWorld } from "../channels-world.ts";
import { task } from "../glue.ts";
import { lookAtChannels } from "./look.ts";
import { testChannels } from "./test-channels.ts";

/** `test`: somebody wants a message down every channel. Otherwise a schedule, or CloudFormation that a stack is complete. */
const Wish = z.object({ test: z.optional(z.literal(true)), source: z.optional(z.string()) });

/** Looks at every channel of its region; asked for a test, it answers how each one stands. */
export const handler = task(
  Wish,
  ({ test, source }, here) =>
    test ? testChannels(here) : lookAtChannels(here, { justDeployed: source === "aws.cloudformation" }),
  channelsWorld,
);
