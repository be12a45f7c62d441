import { useRoute } from "preact-iso/router";
import type { Answer } from "../../functions/core/api/routes.ts";
import { call } from "../api.ts";
import { useAsk } from "../asking.ts";
import { Act } from "../parts/act.tsx";
import { Answered } from "../parts/answered.tsx";
import { AskFirst } from "../parts/ask-first.tsx";
import { Heading, Pairs, Panel } from "../parts/panel.tsx";
import { Proved } from "../parts/points-table.tsx";
import { State } from "../parts/state.tsx";
import { When } from "../parts/when.tsx";
import { useTitle } from "../title.ts";

/** One point: where it is, what is proved of it, every fact that is recorded, and what can be done with it. */
export function PointPage() {
  const params = useRoute().params as { source: string; point: string };
  useTitle(`${params.source} ${params.point}`);
  const asked = useAsk("getPoint", { params }, 15);
  return (
    <>
      <Heading
        title={params.point}
        aside={<Acts params={params} held={asked.answer?.held ?? false} again={asked.again} />}
      >
        <p class="lead">
          A point of <a href={`/sources/${params.source}`}>{params.source}</a>
          {asked.answer && (
            <>
              : the moment <When at={asked.answer.at} />
            </>
          )}
        </p>
      </Heading>
      <Answered asked={asked} lines={8}>
        {(point) => <Details of={point} />}
      </Answered>
    </>
  );
}

function Acts({
  params,
  held,
  again,
}: {
  params: { source: string; point: string };
  held: boolean;
  again: () => void;
}) {
  const { source, point } = params;
  const then = (doing: Promise<unknown>) => doing.then(again);
  return (
    <>
      <a class="button main" href={`/restore?${new URLSearchParams({ source, point })}`}>
        Restore…
      </a>
      <Act operation="verifyPoint" does={(key) => then(call("verifyPoint", { params }, { key }))}>
        Verify again
      </Act>
      <AskFirst
        operation="holdPoint"
        button="Hold"
        title={`Hold ${point}`}
        says="Nothing deletes a point under a legal hold until it is released."
        does={(reason, key) => then(call("holdPoint", { params, body: { reason } }, { key }))}
      />
      {held && (
        <AskFirst
          operation="releasePoint"
          button="Release"
          title={`Release ${point} from all holds`}
          says="What the plan no longer keeps is then deleted in time."
          does={(reason, key) => then(call("releasePoint", { params, body: { reason } }, { key }))}
        />
      )}
      <AskFirst
        operation="deletePoint"
        button="Delete"
        kind="danger"
        title={`Delete ${point}`}
        says="It is asked of expiry, which deletes in two passes, and only if its rules find that safe."
        does={(reason, key) => then(call("deletePoint", { params, body: { reason } }, { key }))}
      />
    </>
  );
}

function Details({ of }: { of: Answer<"getPoint"> }) {
  return (
    <div class="columns">
      <Panel title="Where it is">
        <Pairs
          of={[
            ...of.places.map(
              ({ region, role, state, since }) =>
                [
                  `${region} (${role})`,
                  <span key={region}>
                    <State is={state} />{" "}
                    {since && (
                      <span class="soft">
                        since <When at={since} />
                      </span>
                    )}
                  </span>,
                ] as [string, preact.ComponentChildren],
            ),
            ["Proved", <Proved key="proved" of={of} />],
            ["Legal hold", of.held ? "yes" : "no"],
            [
              "Drills",
              of.drills.length === 0
                ? "none of this point yet"
                : of.drills.map((drill) => (
                    <a key={drill} class="listed" href={`/sources/${of.source}/drills/${drill}`}>
                      {drill}
                    </a>
                  )),
            ],
          ]}
        />
      </Panel>
      <Panel title="Facts">
        <ol class="facts">
          {of.facts.map(({ name, at }) => (
            <li key={`${name} ${at}`}>
              <code>{name}</code> <When at={at} />
            </li>
          ))}
        </ol>
      </Panel>
    </div>
  );
}
