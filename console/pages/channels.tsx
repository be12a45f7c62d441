import { useState } from "preact/hooks";
import type { ChannelView } from "../../functions/core/api/alerts.ts";
import { call } from "../api.ts";
import { useAsk } from "../asking.ts";
import { Act } from "../parts/act.tsx";
import { Answered, Empty } from "../parts/answered.tsx";
import { Heading, Panel } from "../parts/panel.tsx";
import { State } from "../parts/state.tsx";
import { Age } from "../parts/when.tsx";
import { useTitle } from "../title.ts";

const severities = {
  page: "Wakes a person (page)",
  notify: "Can wait for the morning (notify)",
} as const;

/** Whether each channel would reach somebody, and one message down all of them. */
export function ChannelsPage() {
  useTitle("Channels");
  const asked = useAsk("listChannels", {}, 60);
  const [tested, setTested] = useState<ChannelView[]>();
  return (
    <>
      <Heading
        title="Channels"
        aside={
          <Act
            operation="testAlerts"
            kind="main"
            does={async (key) => {
              setTested((await call("testAlerts", {}, { key })).channels);
              asked.again();
            }}
          >
            Send a test down each
          </Act>
        }
      >
        <p class="lead">
          An alert that reaches nobody is worth nothing: each channel is checked daily.
          {asked.answer?.checkedAt && (
            <>
              {" "}
              Checked <Age at={asked.answer.checkedAt} />.
            </>
          )}
        </p>
      </Heading>
      <div role="status">
        {tested && (
          <Panel title="The test">
            <ChannelList of={tested} />
          </Panel>
        )}
      </div>
      <Answered asked={asked} lines={4}>
        {({ channels }) =>
          channels.length === 0 ? (
            <Empty>The environment file names no channel: nobody would hear of anything.</Empty>
          ) : (
            (["page", "notify"] as const).map((severity) => {
              const mine = channels.filter((channel) => channel.severity === severity);
              return (
                <Panel key={severity} title={severities[severity]}>
                  {mine.length === 0 ? <Empty>There is none.</Empty> : <ChannelList of={mine} />}
                </Panel>
              );
            })
          )
        }
      </Answered>
    </>
  );
}

const words: Record<ChannelView["state"], ["good" | "waiting" | "bad" | "unknown", string]> = {
  ok: ["good", "ok"],
  pending: ["waiting", "pending"],
  failed: ["bad", "failed"],
  "not known": ["unknown", "not known"],
};

function ChannelList({ of }: { of: ChannelView[] }) {
  return (
    <ul class="rows">
      {of.map(({ channel, severity, state, reason }) => (
        <li key={`${severity} ${channel}`}>
          <span class="name">{channel}</span>
          <State is={state} tone={words[state][0]}>
            {words[state][1]}
          </State>
          <span class="soft">{reason}</span>
        </li>
      ))}
    </ul>
  );
}
