import { useRoute } from "preact-iso/router";
import type { RestoreView } from "../../functions/core/api/recovery.ts";
import { call } from "../api.ts";
import { useAsk } from "../asking.ts";
import { Act } from "../parts/act.tsx";
import { Answered } from "../parts/answered.tsx";
import { AskFirst } from "../parts/ask-first.tsx";
import { Heading, Pairs, Panel } from "../parts/panel.tsx";
import { State } from "../parts/state.tsx";
import { Steps } from "../parts/steps.tsx";
import { When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";
import { shortWho } from "../words.ts";

const cancellable: RestoreView["state"][] = ["requested", "planned", "awaiting approval", "running"];

/** One restore, followed step by step, with what can be done about it. */
export function RestorePage() {
  const params = useRoute().params as { restore: string };
  useTitle(`Restore ${params.restore}`);
  const asked = useAsk("getRestore", { params }, (answer) => (answer?.endedAt ? 30 : 3));
  const { answer, again } = asked;
  return (
    <>
      <Heading
        title={answer ? `Restore of ${answer.source}` : "Restore"}
        aside={answer && <Acts of={answer} again={again} />}
      >
        <p class="lead">
          <span class="id">{params.restore}</span>
        </p>
      </Heading>
      <Answered asked={asked.refusal?.status === 404 && !answer ? { again } : asked} lines={8}>
        {(restore) => <Details of={restore} />}
      </Answered>
    </>
  );
}

function Details({ of }: { of: RestoreView }) {
  return (
    <>
      <Panel title="How far it is" aside={<State is={of.state} />}>
        {of.reason && (
          <p class="why" role="status">
            {of.reason}
          </p>
        )}
        {of.result.map((sentence) => (
          <p key={sentence} class="result">
            {sentence}
          </p>
        ))}
        <Steps of={of.steps} />
        {of.leftBehind.length > 0 && (
          <p class="why">
            Left behind: <span class="id">{of.leftBehind.join(", ")}</span>
          </p>
        )}
      </Panel>
      <Panel title="What was asked for">
        <Pairs
          of={[
            ["Asked for", <When key="a" at={of.requestedAt} />],
            ...(of.requestedBy ? [by("By", of.requestedBy)] : []),
            ...(of.approvedBy ? [by("Approved by", of.approvedBy)] : []),
            [
              "Source",
              <a key="s" href={`/sources/${of.source}`}>
                {of.source}
              </a>,
            ],
            ["In", of.region],
            ...(of.plan
              ? ([
                  [
                    "From",
                    <span key="f" class="id">
                      {of.plan.from}
                    </span>,
                  ],
                  [
                    "Into",
                    <span key="i" class="id">
                      {of.plan.into}
                    </span>,
                  ],
                  ["Data of", <When key="d" at={of.plan.dataAt} />],
                  ["Verified", of.plan.verified ? "yes" : "no"],
                ] as [string, preact.ComponentChildren][])
              : []),
            ...(of.endedAt
              ? [["Ended", <When key="e" at={of.endedAt} />] as [string, preact.ComponentChildren]]
              : []),
          ]}
        />
        {of.plan?.notes.map((note) => (
          <p key={note} class="note">
            {note}
          </p>
        ))}
      </Panel>
    </>
  );
}

function by(name: string, who: string): [string, preact.ComponentChildren] {
  return [
    name,
    <span key={name} title={who}>
      {shortWho(who)}
    </span>,
  ];
}

function Acts({ of: { id: restore, state, source }, again }: { of: RestoreView; again: () => void }) {
  const params = { restore };
  const then = (doing: Promise<unknown>) => doing.then(again);
  return (
    <>
      {state === "awaiting approval" && (
        <>
          <Act
            operation="approveRestore"
            kind="main"
            does={(key) => then(call("approveRestore", { params, body: {} }, { key }))}
          >
            Approve
          </Act>
          <AskFirst
            operation="approveRestore"
            button="Refuse"
            title={`Refuse the restore of ${source}`}
            says="It ends without having done anything."
            does={(refuse, key) => then(call("approveRestore", { params, body: { refuse } }, { key }))}
          />
        </>
      )}
      {cancellable.includes(state) && (
        <AskFirst
          operation="cancelRestore"
          button="Cancel"
          reason={false}
          kind="danger"
          title={`Cancel the restore of ${source}`}
          says="It stops, and what it has made is taken away again. While names are being swapped it cannot be cancelled."
          does={(_, key) => then(call("cancelRestore", { params }, { key }))}
        />
      )}
      {(state === "finished" || state === "undo failed") && (
        <AskFirst
          operation="undoRestore"
          button="Undo"
          reason={false}
          kind="danger"
          title={`Undo the restore of ${source}`}
          says="What it replaced is put back. What was written since the restore is not in it."
          does={(_, key) => then(call("undoRestore", { params }, { key }))}
        />
      )}
    </>
  );
}
