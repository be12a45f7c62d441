import type { UnsignedDrill } from "../core/drill.ts";

/** What a drill found and measured, in what its fact will say. */
export type Found = Pick<UnsignedDrill, "outcome" | "checks" | "differences"> &
  Partial<
    Pick<
      UnsignedDrill,
      | "reason"
      | "secondsToAvailable"
      | "secondsToChecked"
      | "database"
      | "objects"
      | "fingerprint"
      | "newestHeartbeatAt"
      | "dataLossSeconds"
      | "tornDown"
      | "leftBehind"
    >
  >;
