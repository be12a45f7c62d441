import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { call } from "../api.ts";
import { useAsk } from "../asking.ts";
import { type Draft, wishOf } from "../wish.ts";
import { duration } from "../words.ts";
import { Act } from "./act.tsx";
import { Answered } from "./answered.tsx";
import { TextField } from "./field.tsx";
import { Pairs } from "./panel.tsx";
import { State } from "./state.tsx";
import { PlannedSteps } from "./steps.tsx";
import { When } from "./when.tsx";

/** What a restore would do, step by step, as the API plans it now; and the button that does it. */
export function DryRun({ draft }: { draft: Draft }) {
  const body = wishOf(draft);
  const asked = useAsk("planRestore", { body });
  const { route } = useLocation();
  const [said, say] = useState("");
  const risky = draft.target === "replace" || draft.overwrite || draft.deletions;
  return (
    <Answered asked={asked} lines={8} tall>
      {({ plan, approval, expectedSeconds }) => (
        <>
          <Pairs
            of={[
              [
                "From",
                <span key="f" class="id">
                  {plan.from}
                </span>,
              ],
              [
                "Into",
                <span key="i" class="id">
                  {plan.into}
                </span>,
              ],
              ["Data of", <When key="w" at={plan.dataAt} />],
              [
                "Proof",
                plan.verified ? (
                  <State key="v" is="verified" tone="good" />
                ) : (
                  <State key="v" is="not verified" tone="warn" />
                ),
              ],
              [
                "Expected",
                expectedSeconds === undefined
                  ? "not known: nothing of it was measured yet"
                  : duration(expectedSeconds),
              ],
            ]}
          />
          {plan.notes.map((note) => (
            <p key={note} class="note">
              {note}
            </p>
          ))}
          <PlannedSteps of={plan.steps} />
          {approval && <p class="note">Somebody else must approve it before anything is done.</p>}
          {risky && (
            <TextField
              label={`This changes what is there. Write ${draft.source} to go on`}
              value={said}
              set={say}
            />
          )}
          <Act
            operation="createRestore"
            kind="main"
            first={risky && said !== draft.source ? `Write ${draft.source} first.` : undefined}
            does={async (key) => {
              const { id } = await call("createRestore", { body }, { key });
              route(`/restores/${id}`);
            }}
          >
            {approval ? "Ask for this restore" : "Start this restore"}
          </Act>
        </>
      )}
    </Answered>
  );
}
