import * as z from "zod";
import { fields } from "./fields.ts";

const budgetHint = "a whole number of GiB from 1, like 500";

/** What an environment file says of the size of its vaults. */
export const StorageFile = fields(
  {
    /** In GiB: the data of all versions together. */
    budgetGiB: z.int({ error: budgetHint }).min(1, { error: budgetHint }),
  },
  "how large each vault may become, like { budgetGiB: 500 }",
);
