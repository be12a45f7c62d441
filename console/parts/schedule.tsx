import { useState } from "preact/hooks";
import { call } from "../api.ts";
import { useAsk } from "../asking.ts";
import { now } from "../clock.ts";
import { duration, shortWho } from "../words.ts";
import { Act } from "./act.tsx";
import { Answered, Empty } from "./answered.tsx";
import { AskFirst } from "./ask-first.tsx";
import { Pairs, Panel } from "./panel.tsx";
import { When } from "./when.tsx";

const hours = [1, 4, 12, 24, 72, 168];

/** When a source owes its next point and drill; pausing it, with an end that is always set. */
export function Schedule({ source }: { source: string }) {
  const asked = useAsk("listSchedules", { query: { limit: "200" } }, 60);
  const [pauseHours, setHours] = useState(4);
  return (
    <Panel title="Schedule">
      <Answered asked={asked}>
        {({ items }) => {
          const mine = items.find((one) => one.source === source);
          if (!mine) return <Empty>It has no schedule.</Empty>;
          return (
            <>
              <Pairs
                of={[
                  ["A point every", duration(mine.everySeconds)],
                  ["Next point", <When key="p" at={mine.nextPointAt} />],
                  [
                    "Next drill",
                    mine.nextDrillAt ? <When key="d" at={mine.nextDrillAt} /> : "none is planned",
                  ],
                  ...(mine.pausedUntil
                    ? [
                        [
                          "Paused until",
                          <span key="u">
                            <When at={mine.pausedUntil} />
                            {mine.pausedBy && ` by ${shortWho(mine.pausedBy)}`}
                          </span>,
                        ] as [string, preact.ComponentChildren],
                      ]
                    : []),
                ]}
              />
              {mine.pausedUntil ? (
                <Act
                  operation="resumeSchedule"
                  does={async (key) => {
                    await call("resumeSchedule", { params: { source } }, { key });
                    asked.again();
                  }}
                >
                  Resume now
                </Act>
              ) : (
                <AskFirst
                  operation="pauseSchedule"
                  button="Pause"
                  title={`Pause ${source}`}
                  says="No point is taken until then, and the RPO goes on counting. It resumes by itself."
                  does={async (reason, key) => {
                    const until = `${new Date(now() + pauseHours * 3_600_000).toISOString().slice(0, 19)}Z`;
                    await call("pauseSchedule", { params: { source }, body: { reason, until } }, { key });
                    asked.again();
                  }}
                >
                  <label>
                    For
                    <select
                      value={pauseHours}
                      onChange={({ currentTarget }) => setHours(Number(currentTarget.value))}
                    >
                      {hours.map((hour) => (
                        <option key={hour} value={hour}>
                          {duration(hour * 3_600)}
                        </option>
                      ))}
                    </select>
                  </label>
                </AskFirst>
              )}
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}
